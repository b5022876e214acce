import type { Namespace } from './namespace.ts';

export interface OwnAddress {
  readonly address: string;
  /** Of its link. */
  readonly mtu: number;
}

interface RawLinkAddresses {
  readonly ifname?: string;
  readonly mtu?: number;
  readonly addr_info?: readonly { readonly local?: string; readonly scope?: string }[];
}

/** Docker's own bridges: nothing leaves the node from their addresses. */
const DOCKERS = /^(docker0|docker_gwbridge|br-[0-9a-f]{12})$/;

/** Those that other nodes may see packets come from. */
export async function listOwnAddresses(host: Namespace): Promise<readonly OwnAddress[]> {
  return parseOwnAddresses((await host.run('ip', ['-j', 'addr'])).stdout);
}

export function parseOwnAddresses(json: string): readonly OwnAddress[] {
  const links = json.trim() === '' ? [] : (JSON.parse(json) as readonly RawLinkAddresses[]);
  return links.flatMap(({ ifname = '', mtu = 0, addr_info = [] }) =>
    DOCKERS.test(ifname)
      ? []
      : addr_info.flatMap(({ local, scope }) =>
          local !== undefined && scope === 'global' ? [{ address: local, mtu }] : [],
        ),
  );
}
