import { openSession, type SessionOptions } from './session.ts';

/** Changes the node's ipsets through an ipset that stays. */
export interface IpsetSession {
  /** Lines as for `ipset restore`. False: nobody knows how much of it was done; to do it again is no mistake. */
  restore(lines: readonly string[]): Promise<boolean>;
  stop(): void;
}

const MOST_LINES = 64;
const REPEATABLE = /^(create|add|del) /u;

export function openIpsetSession(options: SessionOptions): IpsetSession {
  const session = openSession(options, 'ipset', ['-']);
  return {
    restore: async (lines) => {
      // Each line is done before the next is read: when the last entry is there, every other was done or complained of.
      const last = lines.findLast((line) => line.startsWith('add '))?.slice('add '.length);
      if (last === undefined || lines.length > MOST_LINES || lines.some(isUnfit)) return false;
      const commands = [...lines.map((line) => line.replace(REPEATABLE, '$1 -exist ')), `test ${last}`];
      return session.ask(`${commands.join('\n')}\n`, (said) => {
        if (/ipset v|NOT in set/u.test(said)) return false;
        return said.includes(' is in set ') ? true : undefined;
      });
    },
    stop: () => {
      session.stop();
    },
  };
}

function isUnfit(line: string): boolean {
  return !/^[\x20-\x7e]{1,400}$/u.test(line);
}
