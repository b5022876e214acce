import type { RawNode } from './engine-data.ts';
import { bareAddress } from './network-mapper.ts';

export interface NodeRecord {
  readonly id: string;
  readonly hostname: string;
  readonly role: 'manager' | 'worker';
  readonly address: string;
  readonly up: boolean;
  readonly engine: string | undefined;
}

export function toNodeRecord(raw: RawNode): NodeRecord {
  return {
    id: raw.ID,
    hostname: raw.Description?.Hostname ?? raw.ID,
    role: raw.Spec?.Role === 'manager' ? 'manager' : 'worker',
    address: nodeAddress(raw),
    up: raw.Status?.State !== 'down',
    engine: raw.Description?.Engine?.EngineVersion,
  };
}

/** The leader may list itself as 0.0.0.0; its manager address is the real one. */
function nodeAddress(raw: RawNode): string {
  const address = bareAddress(raw.Status?.Addr);
  if (address !== undefined && address !== '0.0.0.0' && address !== '127.0.0.1') return address;
  return bareAddress(raw.ManagerStatus?.Addr?.replace(/:\d+$/, '')) ?? address ?? '';
}
