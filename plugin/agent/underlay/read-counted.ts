import { readCounted } from '../../../rules/nftables/observed-elements.ts';
import { readObjects } from '../../../rules/nftables/observe.ts';
import type { Cleartext } from '../../../rules/underlay/judge-encryption.ts';
import {
  CLEARTEXT_IN,
  CLEARTEXT_OUT,
  STRANGERS,
  UNDERLAY_TABLE,
  type UNDERLAY_COUNTERS,
} from '../../../rules/underlay/underlay.ts';
import type { Namespace } from '../../kernel/namespace.ts';

export interface UnderlayCounted {
  /** Packets since the table was loaded. */
  readonly counters: Readonly<Record<(typeof UNDERLAY_COUNTERS)[number], number>>;
  /** Of the last minutes. */
  readonly strangers: readonly { readonly address: string; readonly packets: number }[];
  readonly cleartext: readonly Cleartext[];
}

export const NOTHING_COUNTED: UnderlayCounted = {
  counters: { stranger: 0, unencrypted_in: 0, unencrypted_out: 0 },
  strangers: [],
  cleartext: [],
};

/** What is there, were the table gone: nothing. */
export async function readUnderlayCounted(host: Namespace): Promise<UnderlayCounted> {
  const args = ['-n', '-j', 'list', 'table', 'inet', UNDERLAY_TABLE];
  const { exitCode, stdout } = await host.run('nft', args, { accept: [1] });
  return exitCode === 0 ? parseUnderlayCounted(stdout) : NOTHING_COUNTED;
}

export function parseUnderlayCounted(json: string): UnderlayCounted {
  const objects = readObjects(json);
  const packets = (name: string): number =>
    objects.find(({ counter }) => counter?.name === name)?.counter?.packets ?? 0;
  const recorded = (name: string) => {
    const set = objects.find((object) => object.set?.name === name)?.set;
    return set === undefined ? [] : readCounted(set);
  };
  const cleartext = (set: string, direction: Cleartext['direction']): Cleartext[] =>
    recorded(set).map(({ parts: [address = '', vni], packets: count }) => ({
      ...{ direction, address, vni: Number(vni) },
      packets: count,
    }));
  return {
    counters: {
      stranger: packets('stranger'),
      unencrypted_in: packets('unencrypted_in'),
      unencrypted_out: packets('unencrypted_out'),
    },
    strangers: recorded(STRANGERS)
      .map(({ parts: [address = ''], packets: count }) => ({ address, packets: count }))
      .sort((a, b) => b.packets - a.packets),
    cleartext: [...cleartext(CLEARTEXT_OUT, 'out'), ...cleartext(CLEARTEXT_IN, 'in')],
  };
}
