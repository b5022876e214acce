import type { Labels } from '../../compose-ext/policy-model.ts';
import type { RawNode } from './engine-data.ts';
import { bareAddress } from './network-mapper.ts';

export interface NodeRecord {
  readonly id: string;
  readonly hostname: string;
  readonly role: 'manager' | 'worker';
  readonly address: string;
  readonly up: boolean;
  /** Of the managers: at most one is. */
  readonly leader: boolean;
  readonly engine: string | undefined;
  /** Swarm's labels of the node, and its id, hostname and role, under the names that placement constraints have. */
  readonly labels: Labels;
}

export function toNodeRecord(raw: RawNode): NodeRecord {
  const hostname = raw.Description?.Hostname ?? raw.ID;
  const role = raw.Spec?.Role === 'manager' ? 'manager' : 'worker';
  return {
    id: raw.ID,
    hostname,
    role,
    address: nodeAddress(raw),
    up: raw.Status?.State !== 'down',
    leader: raw.ManagerStatus?.Leader === true,
    engine: raw.Description?.Engine?.EngineVersion,
    labels: { ...raw.Spec?.Labels, 'node.id': raw.ID, 'node.hostname': hostname, 'node.role': role },
  };
}

/** The leader may list itself as 0.0.0.0; its manager address is the real one. */
function nodeAddress(raw: RawNode): string {
  const address = bareAddress(raw.Status?.Addr);
  if (address !== undefined && address !== '0.0.0.0' && address !== '127.0.0.1') return address;
  return bareAddress(raw.ManagerStatus?.Addr?.replace(/:\d+$/, '')) ?? address ?? '';
}
