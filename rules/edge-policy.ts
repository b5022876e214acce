import type { Direction } from '../compose-ext/policy-model.ts';
import type { EdgePolicy, EdgeRule } from './network-policy.ts';
import type { Party, SideRule } from './party.ts';
import { portsOf } from './peer.ts';
import { NOTHING, type PortSet, spans, union } from './port-set.ts';

interface Block {
  readonly cidr: string;
  readonly except: readonly string[];
}

/** `world` over the overlays' family; the agent takes the cluster's own addresses out. */
const WORLD: Block = { cidr: '0.0.0.0/0', except: [] };

/** Undefined for a service of a stack without annotations: its traffic with the world is left alone. */
export function edgePolicyOf(party: Party): EdgePolicy | undefined {
  if (!party.guarded) return undefined;
  return {
    stance: party.stance,
    ingress: edgeRules(party, 'ingress'),
    egress: edgeRules(party, 'egress'),
    published: party.service.ports.flatMap(({ protocol, published, target, mode }) =>
      published === undefined ? [] : [{ protocol, published, target, mode: mode ?? ('ingress' as const) }],
    ),
  };
}

/** In an order of their own, so that the same policies give the same rules however they are written. */
function edgeRules(party: Party, direction: Direction): readonly EdgeRule[] {
  const byBlock = new Map<string, { readonly block: Block; readonly ports: PortSet }>();
  for (const rule of party.sides[direction].rules) {
    // On egress the world has no named ports: such a rule admits nothing there.
    const ports = portsOf(rule, { kind: 'unknown' });
    for (const block of blocksOf(rule)) {
      const key = JSON.stringify([block.cidr, block.except]);
      byBlock.set(key, { block, ports: union(byBlock.get(key)?.ports ?? NOTHING, ports) });
    }
  }
  return [...byBlock.keys()].sort().flatMap((key) => {
    const entry = byBlock.get(key);
    return entry ? spans(entry.ports).map((span) => ({ ...entry.block, ...span })) : [];
  });
}

function blocksOf(rule: SideRule): Block[] {
  if (rule.everyone) return [WORLD];
  return rule.peers.flatMap((peer) => {
    if (peer.kind === 'world') return [WORLD];
    return peer.kind === 'ipBlock' ? [{ cidr: peer.cidr, except: peer.except.toSorted() }] : [];
  });
}
