import type { CidrGroup, Direction, Peer, PortMatch, TierAction } from '../compose-ext/policy-model.ts';
import { type Address, blockTest } from './address-block.ts';
import { createMetadata, type Metadata } from './metadata.ts';
import type { DecidingRule } from './network-policy.ts';
import type { PortSet } from './port-set.ts';

/** A rule made ready to judge with. */
export interface SideRule extends RulePeers {
  /** For people. */
  readonly decides: DecidingRule;
  /** The policy's own stack, which a selector without stacks means; '' of a cluster policy. */
  readonly stack: string;
  readonly ports: readonly PortMatch[];
  /** The ports where they do not depend on the destination: on ingress, and on egress without names. */
  readonly fixedPorts?: PortSet;
  /** Of the ports, only these. Absent: all. */
  readonly limit?: PortSet;
}

export interface RulePeers {
  readonly peers: readonly Peer[];
  readonly denies: boolean;
  /** No peers, or `any` among them. */
  readonly everyone: boolean;
  readonly world: boolean;
  /** By words for many addresses it does not mean metadata: only who lets something out is that careful. */
  readonly sparing: boolean;
  /** Everyone, and nodes and addresses that are nobody's, too: who denies any means any. */
  readonly whoever: boolean;
  /** Of ipBlocks and groups. */
  readonly blocks: readonly Block[];
  /** One test for each block. */
  readonly holds: readonly ((address: Address) => boolean)[];
}

export interface Block {
  readonly cidr: string;
  readonly except: readonly string[];
}

/** What words for addresses mean. */
export interface Outside {
  readonly groups: ReadonlyMap<string, CidrGroup>;
  readonly metadata: Metadata;
}

/** For rules that use none of them. */
export const NO_WORDS: Outside = { groups: new Map(), metadata: createMetadata([]) };

const EVERY_ADDRESS: readonly Block[] = ['0.0.0.0/0', '::/0'].map((cidr) => ({ cidr, except: [] }));

/** `action`: of a cluster policy's rule; a service's own rules allow. */
export function peersOf(
  peers: readonly Peer[],
  { groups, metadata }: Outside,
  direction: Direction,
  action: TierAction = 'allow',
): RulePeers {
  const everyone = peers.length === 0 || peers.some((peer) => peer.kind === 'any');
  const denies = action === 'deny';
  const sparing = direction === 'egress' && !denies;
  const written = peers.flatMap((peer): readonly Block[] => {
    if (peer.kind === 'ipBlock') return [peer];
    if (peer.kind !== 'group') return [];
    // What nobody stored is nobody to allow, and may be anybody to deny.
    return groups.get(peer.group)?.blocks ?? (denies ? EVERY_ADDRESS : []);
  });
  const blocks = sparing
    ? written.map(({ cidr, except }) => ({
        cidr,
        except: [...new Set([...except, ...metadata.spared(cidr)])],
      }))
    : written;
  return {
    peers,
    denies,
    sparing,
    everyone,
    world: peers.some((peer) => peer.kind === 'world'),
    whoever: everyone && denies,
    blocks,
    holds: blocks.map(({ cidr, except }) => blockTest(cidr, except)),
  };
}
