import { DEFAULT_DATA_PATH_PORT } from '../../config.ts';
import type { NetworkInfo } from '../../../rules/network-policy.ts';
import {
  judgeEncryption,
  type Cleartext,
  type EncryptedNetwork,
} from '../../../rules/underlay/judge-encryption.ts';
import type { UnderlayInput } from '../../../rules/underlay/underlay.ts';
import type { HeldPolicy } from '../held-policy.ts';
import type { LocalFacts } from '../local-facts.ts';
import type { UnderlayFacts } from './gather-underlay.ts';

/** Of a node that guards nothing, nothing: its VXLAN is let be. */
export function wantedUnderlay(
  policy: HeldPolicy,
  facts: LocalFacts,
  underlay: UnderlayFacts,
): UnderlayInput {
  const guarded = policy.networkIds().flatMap((id) => policy.network(id)?.network ?? []);
  const networks = guarded.length === 0 ? [] : [...guarded, ...facts.overlays.map(({ network }) => network)];
  const devices = new Map(underlay.overlays.map(({ network, links }) => [network.id, links]));
  const vnisOf = ({ id, vnis = [] }: NetworkInfo): readonly number[] => [
    ...vnis,
    ...(devices.get(id) ?? []).map(({ vni }) => vni),
  ];
  return {
    port: portOf(underlay),
    vnis: sorted(networks.flatMap(vnisOf)),
    encrypted: sorted(networks.filter(({ encrypted }) => encrypted).flatMap(vnisOf)),
    nodes: nodesOf(policy, underlay),
    strangers: whyCounting(policy) === undefined ? 'drop' : 'count',
    cleartext: policy.settings.encryption === 'required' ? 'drop' : 'count',
  };
}

/** Why VXLAN of strangers is only counted; undefined where it is dropped. */
export function whyCounting({ settings, underlay, nodeAddresses }: HeldPolicy): string | undefined {
  if (nodeAddresses.length === 0) return "the nodes' addresses are not known";
  if (settings.nodes === 'strict' || underlay.unknown.length === 0) return undefined;
  return `nobody tells the addresses of ${underlay.unknown.slice(0, 5).join(', ')}: no agent speaks there`;
}

/** What is to be known of every network meant to be encrypted. */
export function encryptionOf(
  policy: HeldPolicy,
  underlay: UnderlayFacts,
  cleartext: readonly Cleartext[],
): readonly EncryptedNetwork[] {
  const { encryption, overlays, addresses } = underlay;
  if (encryption === undefined) return [];
  const link = addresses.find(({ address }) => policy.nodeAddresses.includes(address));
  const encrypted = overlays.filter(({ network }) => network.encrypted);
  return judgeEncryption(
    encrypted.map(({ network: { id, name }, links, peers }) => ({
      ...{ id, name, peers },
      vnis: links.map(({ vni }) => vni),
      mtu: Math.max(0, ...links.map(({ mtu }) => mtu)),
    })),
    { ...encryption, cleartext, port: portOf(underlay), ...(link && { linkMtu: link.mtu }) },
  );
}

function portOf({ overlays }: UnderlayFacts): number {
  return overlays.flatMap(({ links }) => links)[0]?.port ?? DEFAULT_DATA_PATH_PORT;
}

/** Which of its addresses a node sends from is its routing's affair, and what others know it by may be yet another. */
function nodesOf(
  { nodeAddresses, underlay: told }: HeldPolicy,
  { addresses, overlays }: UnderlayFacts,
): string[] {
  const own = addresses.map(({ address }) => address);
  return sorted([...nodeAddresses, ...told.addresses, ...own, ...overlays.flatMap(({ peers }) => peers)]);
}

function sorted<T extends string | number>(values: readonly T[]): T[] {
  return [...new Set(values)].sort();
}
