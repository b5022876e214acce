import type { Clock } from '../process/clock.ts';

/** What is known of an overlay's namespace file, beside its guard. */
export interface OverlayFile {
  /** Milliseconds of the clock when it was first seen; -Infinity: before this agent; undefined: not yet. */
  since?: number;
  /** Of the namespace that it is; undefined: that could not be told yet. */
  identity?: string;
  /** It is a segment, so Docker says. */
  segment?: boolean;
  /** It held tables of an earlier agent; undefined: nobody has looked. */
  adopted?: boolean;
}

export interface OverlayFiles {
  /**
   * These are there now. Returns those whose namespace is another one than before: an engine that starts again gives a network's
   * new namespace the name of the old one, which lives on in whoever is in it.
   */
  see(files: readonly string[]): Promise<readonly string[]>;
  /** To be read and written; of a file that was not seen, too, until the next ones are. */
  of(file: string): OverlayFile;
}

/** @param identityOf Of the namespace that a file is now, if that can be told. */
export function knowOverlayFiles(
  clock: Pick<Clock, 'elapsed'>,
  identityOf: (file: string) => Promise<string | undefined>,
): OverlayFiles {
  const known = new Map<string, OverlayFile>();
  let looked = false;

  function of(file: string): OverlayFile {
    const found = known.get(file) ?? {};
    known.set(file, found);
    return found;
  }

  return {
    see: async (files) => {
      for (const file of [...known.keys()]) if (!files.includes(file)) known.delete(file);
      const replaced: string[] = [];
      const look = async (file: string) => [file, await identityOf(file)] as const;
      for (const [file, identity] of await Promise.all(files.map(look))) {
        const before = known.get(file)?.identity;
        if (before !== undefined && identity !== undefined && identity !== before) {
          known.delete(file);
          replaced.push(file);
        }
        const one = of(file);
        if (identity !== undefined) one.identity = identity;
        one.since ??= looked ? clock.elapsed() : -Infinity;
      }
      looked = true;
      return replaced;
    },
    of,
  };
}
