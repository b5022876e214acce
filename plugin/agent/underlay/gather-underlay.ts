import type { XfrmPolicy, XfrmState } from '../../../rules/underlay/judge-encryption.ts';
import { readEncryptionRules, type EncryptionRules } from '../../kernel/encryption-rules.ts';
import { findDockerUser } from '../../kernel/iptables-variant.ts';
import type { Namespace } from '../../kernel/namespace.ts';
import { listOwnAddresses, type OwnAddress } from '../../kernel/own-addresses.ts';
import { listRemotes, listVxlans, type VxlanLink } from '../../kernel/vxlan.ts';
import { listPolicies, listStates } from '../../kernel/xfrm.ts';
import type { LocalFacts, LocalOverlay } from '../local-facts.ts';

export interface UnderlayFacts {
  readonly addresses: readonly OwnAddress[];
  readonly overlays: readonly UnderlayOverlay[];
  /** Read only where a network is meant to be encrypted. */
  readonly encryption?: DockerEncryption;
}

export interface UnderlayOverlay {
  readonly network: LocalOverlay['network'];
  readonly links: readonly VxlanLink[];
  /** Addresses of other nodes with endpoints of it. */
  readonly peers: readonly string[];
}

export interface DockerEncryption extends EncryptionRules {
  readonly states: readonly XfrmState[];
  readonly policies: readonly XfrmPolicy[];
}

export interface UnderlaySources {
  readonly host: Namespace;
  readonly namespace: (file: string) => Namespace;
}

export async function gatherUnderlay(
  { host, namespace }: UnderlaySources,
  { overlays }: LocalFacts,
): Promise<UnderlayFacts> {
  const found: UnderlayOverlay[] = [];
  for (const overlay of overlays) found.push(...(await lookInto(namespace(overlay.file), overlay)));
  const encrypted = found.some(({ network }) => network.encrypted);
  return {
    addresses: await listOwnAddresses(host),
    overlays: found,
    ...(encrypted && { encryption: await readEncryption(host) }),
  };
}

async function lookInto(
  namespace: Namespace,
  { network }: LocalOverlay,
): Promise<readonly UnderlayOverlay[]> {
  try {
    const links = await listVxlans(namespace);
    const remotes = await Promise.all(links.map(({ name }) => listRemotes(namespace, name)));
    return [{ network, links, peers: [...new Set(remotes.flat())].sort() }];
  } catch {
    // It went between two looks: with it went what could cross it.
    return [];
  }
}

async function readEncryption(host: Namespace): Promise<DockerEncryption> {
  const rules = await readEncryptionRules(host, (await findDockerUser(host)) ?? 'nft');
  return { ...rules, states: await listStates(host), policies: await listPolicies(host) };
}
