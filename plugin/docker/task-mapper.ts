import type { RawTask } from './engine-data.ts';
import { bareAddress } from './network-mapper.ts';

/** From allocation until the task is over: later its addresses may belong to another task. */
const HOLDING = ['pending', 'assigned', 'accepted', 'preparing', 'ready', 'starting', 'running'];
const STARTING = new Set(['new', ...HOLDING.slice(0, -1)]);

export interface TaskRecord {
  readonly id: string;
  readonly service: string;
  readonly node: string | undefined;
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
    addresses: (raw.NetworksAttachments ?? []).flatMap(({ Network, Addresses }) =>
      (Addresses ?? []).flatMap((entry) => {
        const address = bareAddress(entry);
        return Network?.ID && address ? [[Network.ID, address] as const] : [];
      }),
    ),
  };
}

/** On its way up: Swarm sends no event when its addresses or its node are decided. */
export function isTaskStarting(raw: RawTask): boolean {
  return (
    STARTING.has(raw.Status?.State ?? '') && ['running', 'ready'].includes(raw.DesiredState ?? 'running')
  );
}
