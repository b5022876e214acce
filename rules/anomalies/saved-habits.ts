import { MEMORY } from './thresholds.ts';

/** What was learnt of one service, to be kept: plain JSON. */
export interface SavedHabits {
  readonly service: string;
  /** Milliseconds since 1970: its first flow. */
  readonly since: number;
  readonly peers: readonly SavedPeer[];
}

/** Its ports that were reached, and those that only ever refused; none: all of its ports are known. */
export type SavedPeer =
  readonly [peer: string] | readonly [peer: string, reached: readonly string[], refused: readonly string[]];

/** What is usual between two, on one side: how many connections in a window. */
export interface SavedUsual {
  readonly source: string;
  readonly destination: string;
  readonly side: 'in' | 'out';
  readonly usual: number;
}

/** Undefined: it is none, or larger than any can be. */
export function toSavedHabits(value: unknown): SavedHabits | undefined {
  if (!isObject(value)) return undefined;
  const { service, since, peers } = value;
  if (typeof service !== 'string' || typeof since !== 'number' || !Array.isArray(peers)) return undefined;
  if (!Number.isFinite(since) || peers.length > MEMORY.peers || !peers.every(isPeer)) return undefined;
  return { service, since, peers };
}

export function toSavedUsual(value: unknown): SavedUsual | undefined {
  if (!isObject(value)) return undefined;
  const { source, destination, side, usual } = value;
  if (typeof source !== 'string' || typeof destination !== 'string') return undefined;
  if ((side !== 'in' && side !== 'out') || typeof usual !== 'number' || !(usual >= 0)) return undefined;
  return { source, destination, side, usual };
}

function isPeer(value: unknown): value is SavedPeer {
  if (!Array.isArray(value) || typeof value[0] !== 'string') return false;
  if (value.length === 1) return true;
  const [, reached, refused] = value as readonly unknown[];
  if (value.length !== 3 || !areNames(reached) || !areNames(refused)) return false;
  return reached.length + refused.length <= MEMORY.ports;
}

function areNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
