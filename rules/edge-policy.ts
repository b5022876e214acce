import type { ServicePort } from '../compose-ext/policy-model.ts';
import type { Audit } from './audit.ts';
import { edgeNames } from './edge-names.ts';
import { regionsOf, type Region } from './edge-regions.ts';
import { publishes } from './near-pairs.ts';
import type { Allow, EdgePolicy, EdgeRule, PublishedPort, Stance } from './network-policy.ts';
import { effectiveTiers, type EffectiveTiers } from './effective-tiers.ts';
import type { Party } from './party.ts';
import { portsOf } from './peer.ts';
import {
  difference,
  EVERYTHING,
  isEmpty,
  NOTHING,
  type PortSet,
  samePorts,
  spans,
  union,
} from './port-set.ts';
import type { Side } from './side.ts';
import type { Block, SideRule } from './side-rule.ts';
import { type SidePorts, sidePorts } from './side-ports.ts';

/** `world` over the overlays' family; the agent takes the cluster's own addresses out. */
const WORLD: Block = { cidr: '0.0.0.0/0', except: [] };

interface EdgeSide {
  readonly stance: Stance;
  readonly rules: readonly EdgeRule[];
}

/**
 * Undefined for a service that nothing is said of and that publishes nothing: its traffic with the world is left alone,
 * and nobody else's has to do with it. Sides under the same tiers with the same rules about addresses are worked out
 * once, so keep the function for one round of services, no longer.
 */
export function createEdgePolicies(): (party: Party, near: readonly Allow[]) => EdgePolicy | undefined {
  const known = new Map<string, readonly EdgeRule[]>();
  const keyOf = createSideKeys();
  const once: Remember = (side, tiers, counted) => {
    const key = keyOf(side, tiers, counted);
    const rules = known.get(key) ?? decided(side, tiers, counted);
    known.set(key, rules);
    return rules;
  };
  return (party, near) => {
    if (!party.guarded && !publishes(party)) return undefined;
    const ingress = edgeSide(party.sides.ingress, party.audit, once);
    const egress = edgeSide(party.sides.egress, party.audit, once);
    const names = edgeNames(party, (side) => edgeSide(side, 'none', once).rules);
    return {
      stance: { ingress: ingress.stance, egress: egress.stance },
      pair: party.overlayStance,
      near,
      ingress: ingress.rules,
      egress: egress.rules,
      ...(egress.stance === 'isolated' && isOpenOtherwise(party.sides.egress)
        ? { ipv6Except: party.sides.egress.metadata.filter((address) => address.includes(':')) }
        : {}),
      ...(names && { names }),
      published: party.service.ports.flatMap(publishedPort),
    };
  };
}

type Remember = typeof decided;

function createSideKeys(): (...of: Parameters<typeof decided>) => string {
  const ids = new Map<SideRule, number>();
  const idOf = (rule: SideRule): number => {
    const id = ids.get(rule) ?? ids.size;
    ids.set(rule, id);
    return id;
  };
  return ({ direction, isolated, rules }, { admin, baseline }, counted) =>
    JSON.stringify([
      ...[direction, isolated, counted, admin.map(idOf), baseline.map(idOf)],
      rules.map((rule) => [rule.everyone, rule.world, rule.blocks, portsAnywhere(rule)]),
    ]);
}

function edgeSide(whole: Side, audit: Audit, once: Remember): EdgeSide {
  const side: Side = { ...whole, rules: whole.rules.filter(mayMeanAddresses) };
  const tiers = effectiveTiers(side, mayMeanAddresses);
  const { admin, baseline, denies } = tiers;
  // What nothing restricts is not looked at, unless an administrator wants to see it: then all of it is allowed.
  if (!side.isolated && !denies)
    return audit === 'all'
      ? { stance: 'audit', rules: once(side, tiers, false) }
      : { stance: 'open', rules: [] };
  const stance = audit === 'none' ? 'isolated' : 'audit';
  const adds = admin.every(({ action }) => action === 'allow') && baseline.length === 0;
  if (side.isolated && adds) return { stance, rules: allowed([...side.rules, ...admin], worldOf(side)) };
  const refuses = audit !== 'all' && admin.some(({ action }) => action === 'deny');
  // What audit would let through of itself includes what an administrator refuses.
  return { stance: refuses ? 'isolated' : stance, rules: once(side, tiers, refuses && audit === 'own') };
}

function publishedPort({ protocol, published, target, mode = 'ingress' }: ServicePort): PublishedPort[] {
  if (mode === 'host') return [{ protocol, target, mode, ...(published !== undefined && { published }) }];
  return published === undefined ? [] : [{ protocol, published, target, mode }];
}

function isOpenOtherwise({ isolated, admin, baseline }: Side): boolean {
  const written = { isolated, admin, baseline: baseline.filter(({ builtIn }) => !builtIn) };
  return !isolated && !effectiveTiers(written, mayMeanAddresses).denies;
}

function mayMeanAddresses({ everyone, world, blocks }: SideRule): boolean {
  return everyone || world || blocks.length > 0;
}

/** An address has no names for its ports. */
const portsAnywhere = (rule: SideRule): PortSet => portsOf(rule, { kind: 'unknown' });

/** In an order of their own, so that the same policies give the same rules however they are written. */
function allowed(rules: readonly SideRule[], world: Block): readonly EdgeRule[] {
  const byBlock = new Map<string, { readonly block: Block; readonly ports: PortSet }>();
  for (const rule of rules) {
    // On egress the world has no named ports: such a rule admits nothing there.
    const ports = portsAnywhere(rule);
    for (const block of blocksOf(rule, world)) {
      const key = JSON.stringify([block.cidr, block.except]);
      byBlock.set(key, { block, ports: union(byBlock.get(key)?.ports ?? NOTHING, ports) });
    }
  }
  return [...byBlock.keys()].sort().flatMap((key) => {
    const entry = byBlock.get(key);
    return entry ? spans(entry.ports).map((span) => ({ ...entry.block, ...span })) : [];
  });
}

function blocksOf(rule: SideRule, world: Block): Block[] {
  const named = rule.blocks.map(({ cidr, except }) => ({ cidr, except: except.toSorted() }));
  return rule.everyone || rule.world ? [world, ...named] : named;
}

function worldOf({ metadata }: Side): Block {
  return { ...WORLD, except: metadata.filter((address) => !address.includes(':')).toSorted() };
}

type Where = 'world' | 'node' | 'gateway' | 'metadata';

/** Rules in order as allows of disjoint blocks. `counted`: also what passes by audit alone. */
function decided(side: Side, { admin, baseline }: EffectiveTiers, counted: boolean): readonly EdgeRule[] {
  const effective: Side = { ...side, admin, baseline };
  const rules: readonly SideRule[] = [...admin, ...side.rules, ...baseline];
  const at = new Map(rules.map((rule, index) => [rule, index]));
  const known = new Map<string, SidePorts>();
  const spared = { blocks: side.metadata.map((cidr): Block => ({ cidr, except: [] })) };
  const ports = ({ holding }: Pick<Region, 'holding'>, where: Where): SidePorts => {
    const key = `${where} ${[...holding].join(' ')}`;
    const admits = (rule: SideRule): boolean => {
      if (rule.whoever || holding.has(at.get(rule) ?? -1)) return true;
      const outside = where === 'world' || (where === 'metadata' && !rule.sparing);
      return outside && (rule.everyone || rule.world);
    };
    const found = known.get(key) ?? sidePorts(effective, admits, portsAnywhere);
    known.set(key, found);
    return found;
  };
  const told = (block: Block, found: SidePorts, only?: EdgeRule['only']): EdgeRule[] => {
    const passes = ruleOf(block, found.allowed, only);
    if (!counted || found.allowed.everything) return passes;
    const besides = ruleOf(block, besidesAllowed(found), only);
    return [...passes, ...besides.map((rule) => ({ ...rule, wouldDeny: true as const }))];
  };
  const outside = regionsOf([...rules, spared]).flatMap((region): EdgeRule[] => {
    const block = { cidr: region.cidr, except: region.except };
    if (region.holding.has(rules.length)) return told(block, ports(region, 'metadata'));
    const [world, node] = [ports(region, 'world'), ports(region, 'node')];
    if (region.cidr === WORLD.cidr) return [...told(block, world), ...told(block, node, 'nodes')];
    const same = samePorts(world.allowed, node.allowed) && samePorts(world.refused, node.refused);
    return same ? told(block, world) : [...told(block, world, 'world'), ...told(block, node, 'nodes')];
  });
  return [...outside, ...told(WORLD, ports({ holding: new Set() }, 'gateway'), 'gateway')];
}

/** What is allowed is looked up first, so where nothing is refused the rest is one rule. */
function besidesAllowed({ allowed: passes, refused }: SidePorts): PortSet {
  return isEmpty(refused) ? EVERYTHING : difference(difference(EVERYTHING, refused), passes);
}

function ruleOf(block: Block, ports: PortSet, only?: EdgeRule['only']): EdgeRule[] {
  if (isEmpty(ports)) return [];
  return spans(ports).map((span) => ({ ...block, ...span, ...(only && { only }) }));
}
