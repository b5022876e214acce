import type { Namespace } from './namespace.ts';

export interface Link {
  readonly index: number;
  readonly name: string;
  readonly mac: string;
  /** The other end of a veth, an index in its own namespace. */
  readonly peer: number | undefined;
  readonly master: string | undefined;
}

interface RawLink {
  readonly ifindex?: number;
  readonly ifname?: string;
  readonly address?: string;
  readonly link_index?: number;
  readonly master?: string;
}

export async function listLinks(namespace: Namespace): Promise<readonly Link[]> {
  const { stdout } = await namespace.run('ip', ['-j', 'link']);
  return parseLinks(stdout);
}

export function parseLinks(json: string): readonly Link[] {
  const raw = json.trim() === '' ? [] : (JSON.parse(json) as readonly RawLink[]);
  return raw.flatMap(({ ifindex, ifname, address, link_index, master }) =>
    ifindex === undefined || ifname === undefined
      ? []
      : [{ index: ifindex, name: ifname, mac: (address ?? '').toLowerCase(), peer: link_index, master }],
  );
}

interface RawAddresses extends RawLink {
  readonly addr_info?: readonly { readonly family?: string; readonly local?: string }[];
}

/** IPv4 only. All families are asked for: with `-4`, `ip` leaves the MACs out. */
export async function listAddresses(
  namespace: Namespace,
): Promise<readonly { readonly mac: string; readonly addresses: readonly string[] }[]> {
  const { stdout } = await namespace.run('ip', ['-j', 'addr']);
  const raw = stdout.trim() === '' ? [] : (JSON.parse(stdout) as readonly RawAddresses[]);
  return raw.map(({ address, addr_info }) => ({
    mac: (address ?? '').toLowerCase(),
    addresses: (addr_info ?? []).flatMap(({ family, local }) => (family === 'inet' && local ? [local] : [])),
  }));
}
