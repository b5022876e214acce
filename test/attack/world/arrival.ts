import { setTimeout as sleep } from 'node:timers/promises';
import { patient } from '../../lab/full-kernel.ts';
import type { Dial, Wire } from '../../lab/wire/wire.ts';
import type { Outcome } from '../attack.ts';

/** A packet that is lost on a busy machine has not been stopped. */
const TRIES = 3;
/** What has not come with the honest connection, which began later, gets this long on top. */
const GRACE = 40;

export interface Arrival {
  readonly send: () => void | Promise<void>;
  /** Whether what was sent has got where it may not. */
  readonly arrived: () => boolean;
  /** An allowed connection on the same path: it is sent later and has arrived when this returns. */
  readonly honest: () => Promise<void>;
  /** After one that got through: undoes what would break honest connections. */
  readonly mend?: () => Promise<void>;
}

export async function arrival({ send, arrived, honest, mend }: Arrival): Promise<Outcome> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    await send();
    if (!(await within(GRACE, arrived))) await honest();
    if (await within(GRACE, arrived)) {
      await mend?.();
      return 'through';
    }
  }
  return 'stopped';
}

async function within(milliseconds: number, holds: () => boolean): Promise<boolean> {
  for (const end = Date.now() + patient(milliseconds); Date.now() < end; await sleep(2))
    if (holds()) return true;
  return holds();
}

/** Frames that carry this token, or that match, at an interface. */
export const sees = (wire: Wire, what: string | ((bytes: Buffer) => boolean)) => (): boolean =>
  wire.frames(typeof what === 'string' ? (bytes) => bytes.includes(what) : what).length > 0;

/** By the kernel's own connections: through is an answer with our token. */
export async function dialling(
  from: Wire,
  dial: Dial,
  token: string,
  honest: () => Promise<void>,
): Promise<Outcome> {
  const connections: ReturnType<Wire['open']>[] = [];
  const told = new Set<object>();
  const answered = (): boolean => {
    for (const connection of connections)
      if (connection.opened && !told.has(connection)) {
        told.add(connection);
        connection.say(`${token}\n`);
      }
    return connections.some(({ heard }) => heard.includes(token));
  };
  const outcome = await arrival({
    send: () => {
      connections.push(from.open(dial));
    },
    arrived: answered,
    honest,
  });
  for (const connection of connections) connection.close();
  return outcome;
}
