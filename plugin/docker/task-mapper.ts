import type { RawTask } from './engine-data.ts';
import { bareAddress } from './network-mapper.ts';

/** From allocation until the task is over: later its addresses may belong to another task. */
const HOLDING = ['pending', 'assigned', 'accepted', 'preparing', 'ready', 'starting', 'running'];
const STARTING = new Set(['new', ...HOLDING.slice(0, -1)]);

export interface TaskRecord {
  readonly id: string;
  readonly service: string;
  readonly node: string | undefined;
  readonly running: boolean;
  /** [network id, address]. */
  readonly addresses: readonly (readonly [string, string])[];
}

/** Undefined when the task holds no address, or is no service's. */
export function toTaskRecord(raw: RawTask): TaskRecord | undefined {
  if (!raw.ServiceID || !HOLDING.includes(raw.Status?.State ?? '')) return undefined;
  return {
    id: raw.ID,
    service: raw.ServiceID,
    node: raw.NodeID || undefined,
    running: raw.Status?.State === 'running' && raw.DesiredState === 'running',
    addresses: (raw.NetworksAttachments ?? []).flatMap(({ Network, Addresses }) =>
      (Addresses ?? []).flatMap((entry) => {
        const address = bareAddress(entry);
        return Network?.ID && address ? [[Network.ID, address] as const] : [];
      }),
    ),
  };
}

/** On its way up or down: Swarm sends no event when its addresses, its node or its end are decided. */
export function isTaskMoving(raw: RawTask): boolean {
  const state = raw.Status?.State ?? '';
  if (['running', 'ready'].includes(raw.DesiredState ?? 'running')) return STARTING.has(state);
  return HOLDING.includes(state);
}
