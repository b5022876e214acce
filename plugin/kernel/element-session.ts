import type { TableChange } from '../../rules/nftables/program.ts';
import { renderChanges } from '../../rules/nftables/render.ts';
import { openSession, type SessionOptions } from './session.ts';

/** Puts ports and addresses into sets of one namespace, in place of others, through an nft that stays there. */
export interface ElementSession {
  /**
   * False: it was not written, or nobody knows; to do it again is no mistake.
   * @param onWrite called before it is tried: not where it is nothing for this way
   */
  add(changes: readonly TableChange[], onWrite?: () => void): Promise<boolean>;
  stop(): void;
}

export function openElementSession(options: SessionOptions): ElementSession {
  const session = openSession(options, 'nft', ['-i']);
  return {
    add: async (changes, onWrite = () => undefined) => {
      const added = addedKeys(changes);
      if (added.length === 0) return false;
      // What the kernel holds then is the answer: all of it is one transaction.
      const commands = [
        renderChanges(changes).trim().replaceAll('\n', '; '),
        ...added.map(({ set, keys }) => `get element ${set} { ${keys.join(', ')} }`),
      ];
      // Each is a line of its own, and none has another in it.
      if (commands.some((command) => !/^[\x20-\x7e]{1,1000}$/u.test(command))) return false;
      onWrite();
      return session.ask(`${commands.join('\n')}\n`, (said) => {
        if (said.includes('Error:')) return false;
        const held = [...said.matchAll(/elements = \{([^}]*)\}/gu)].map(([, found = '']) => found);
        if (held.length < added.length) return undefined;
        return added.every(({ keys }, index) => keys.every((key) => held[index]?.includes(key)));
      });
    },
    stop: () => {
      session.stop();
    },
  };
}

/** Of names, MACs and IPv4 addresses: nft shows those as they were written, and no others. */
const PLAIN = /^(?:"[^"]+"|[0-9a-f]{2}(?::[0-9a-f]{2}){5}|\d{1,3}(?:\.\d{1,3}){3})$/u;

/** By set. Empty: something else is changed, too. */
function addedKeys(changes: readonly TableChange[]): readonly { set: string; keys: readonly string[] }[] {
  if (changes.some(({ sets }) => sets.some(({ add }) => add.some(([key]) => !isPlain(key))))) return [];
  return changes.flatMap(({ family, table, sets }) =>
    sets.flatMap(({ set, add }) =>
      add.length === 0 ? [] : [{ set: `${family} ${table} ${set}`, keys: add.map(([key]) => key) }],
    ),
  );
}

function isPlain(key: string): boolean {
  return key.split(' . ').every((part) => PLAIN.test(part));
}
