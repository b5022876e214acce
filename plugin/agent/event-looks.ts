import { TIMES } from '../config.ts';
import type { Clock } from '../process/clock.ts';
import { sortNetns } from './netns-folder.ts';
import type { HeldStarts } from './starts/hold-starts.ts';

export interface EventLooksOptions {
  readonly clock: Clock;
  readonly netns: () => Promise<readonly string[]>;
  readonly starts: Pick<HeldStarts, 'inUse'>;
  readonly look: () => void;
}

/** When to look after an event. */
export interface EventLooks {
  changed(): void;
  /** A namespace file came or went. */
  filesChanged(): void;
  /** A container runs: what it publishes is known from then on. */
  started(): void;
}

/**
 * At once, unless the guard runtime is in use: then a start says itself what it needs, and a look for each of its four or five
 * events takes time from it. A new overlay, and what has started, is looked at in any case.
 */
export function lookAfterEvents({ clock, netns, starts, look }: EventLooksOptions): EventLooks {
  let known = '';
  let first: number | undefined;
  let cancel: () => void = () => undefined;

  function lookNow(): void {
    cancel();
    first = undefined;
    look();
  }

  function changed(): void {
    if (!starts.inUse()) {
      lookNow();
      return;
    }
    const now = clock.elapsed();
    first ??= now;
    cancel();
    cancel = clock.after(Math.max(0, Math.min(TIMES.lookQuiet, first + TIMES.lookMost - now)), lookNow);
  }

  async function isOnlySandbox(): Promise<boolean> {
    const { overlays, loadBalancers, ingress } = sortNetns(await netns());
    const before = known;
    known = JSON.stringify([overlays, loadBalancers, ingress]);
    return known === before;
  }

  return {
    changed,
    filesChanged: () => {
      if (starts.inUse())
        void isOnlySandbox().then((only) => {
          if (only) changed();
          else lookNow();
        }, lookNow);
      else lookNow();
    },
    started: lookNow,
  };
}
