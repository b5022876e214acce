import type { Namespace } from './namespace.ts';

/** A VXLAN device of an overlay's namespace. */
export interface VxlanLink {
  readonly name: string;
  readonly vni: number;
  /** UDP, of the node's own namespace: the device was made there. */
  readonly port: number;
  readonly mtu: number;
}

interface RawVxlan {
  readonly ifname?: string;
  readonly mtu?: number;
  readonly linkinfo?: { readonly info_data?: { readonly id?: number; readonly port?: number } };
}

export async function listVxlans(namespace: Namespace): Promise<readonly VxlanLink[]> {
  return parseVxlans((await namespace.run('ip', ['-d', '-j', 'link', 'show', 'type', 'vxlan'])).stdout);
}

export function parseVxlans(json: string): readonly VxlanLink[] {
  return readJson<RawVxlan>(json).flatMap(({ ifname, mtu, linkinfo }) => {
    const { id, port } = linkinfo?.info_data ?? {};
    if (ifname === undefined || mtu === undefined || id === undefined || port === undefined) return [];
    return [{ name: ifname, vni: id, port, mtu }];
  });
}

/** The nodes that Docker's gossip gave endpoints of this network on. */
export async function listRemotes(namespace: Namespace, link: string): Promise<readonly string[]> {
  return parseRemotes((await namespace.run('bridge', ['-j', 'fdb', 'show', 'dev', link])).stdout);
}

interface RawForwarding {
  readonly dst?: string;
  readonly state?: string;
}

/** Permanent ones only: the device learns others from whatever comes in, an attacker's frames too. */
export function parseRemotes(json: string): readonly string[] {
  const found = readJson<RawForwarding>(json).flatMap(({ dst, state }) =>
    dst !== undefined && state === 'permanent' ? [dst] : [],
  );
  return [...new Set(found)].sort();
}

function readJson<T>(json: string): readonly T[] {
  return json.trim() === '' ? [] : (JSON.parse(json) as readonly T[]);
}
