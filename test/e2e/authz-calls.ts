import { setTimeout as sleep } from 'node:timers/promises';
import { engineCalls, type Answer } from '../fuzz/engine-calls.ts';

export const ALLOWED = { method: 'GET', uri: '/v1.41/containers/json?all=1' } as const;

/** Refused by every policy: engines take the second `HostConfig`. */
const FORBIDDEN_BODY = Buffer.from(
  '{"Image":"swarmwall/demo:1","Labels":{"forbidden":"1"},"HostConfig":{},"hostconfig":{"Privileged":true}}',
);
export const FORBIDDEN = {
  method: 'POST',
  uri: '/v1.41/containers/create',
  headers: { 'Content-Type': 'application/json', 'Content-Length': String(FORBIDDEN_BODY.length) },
  body: FORBIDDEN_BODY,
} as const;

export interface Tally {
  allowed: number;
  /** Allowed calls that got no 200. */
  lost: number;
  forbidden: number;
  /** Forbidden calls that made something. */
  passed: number;
}

/** Clients that call without a pause until they are told to stop. */
export function callStream(
  socketPath: string,
  clients: number,
): { readonly tally: Tally; stop(): Promise<void> } {
  const tally: Tally = { allowed: 0, lost: 0, forbidden: 0, passed: 0 };
  const api = engineCalls(socketPath);
  let running = true;
  const loops = Array.from({ length: clients }, async (_, client) => {
    while (running) {
      const forbidden = client % 2 === 1;
      const answer = await answerOf(api.call(forbidden ? FORBIDDEN : ALLOWED));
      if (forbidden) tally.forbidden += 1;
      else tally.allowed += 1;
      if (forbidden && answer.status < 300) tally.passed += 1;
      if (!forbidden && answer.status !== 200) tally.lost += 1;
      await sleep(2);
    }
  });
  return {
    tally,
    stop: async () => {
      running = false;
      await Promise.all(loops);
      api.close();
    },
  };
}

/** A connection that breaks is an answer, too. */
export async function answerOf(asked: Promise<Answer>): Promise<Answer> {
  try {
    return await asked;
  } catch (error) {
    return { status: 599, body: String(error) };
  }
}
