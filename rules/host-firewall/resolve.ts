import { createHash } from 'node:crypto';
import {
  DEFAULT_FAILSAFE,
  matchesSelector,
  type CidrGroup,
  type Labels,
  type NodePolicy,
  type NodePort,
  type NodeRule,
} from '../../compose-ext/index.ts';
import type { HostPolicy, HostRule, HostTrial } from './host-firewall.ts';

export interface NodeDocuments {
  readonly policies: readonly NodePolicy[];
  readonly groups: readonly CidrGroup[];
}

/** What the policies that select the node say together; undefined when none does. */
export function resolveHostPolicy(
  { policies, groups }: NodeDocuments,
  labels: Labels,
): HostPolicy | undefined {
  const selected = policies.filter(({ nodes }) => matchesSelector(nodes, labels));
  if (selected.length === 0) return undefined;
  const blocks = new Map(groups.map((group) => [group.name, group.blocks]));
  const rules = selected.flatMap(({ ingress }) => ingress);
  const guarded = rules.flatMap(({ ports }) => ports);
  const open = failsafe(selected, guarded);
  return {
    policies: selected.map(({ name }) => name),
    closed: selected.some((policy) => policy.default === 'deny'),
    rules: [
      ...(open.length > 0 ? [{ any: true, blocks: [], ports: open } as const] : []),
      ...rules.flatMap((rule) => resolveRule(rule, blocks) ?? []),
    ],
    guarded,
  };
}

/**
 * Undefined when both say the same of this node: then there is nothing to try.
 * @param versions of what is stored, by name, removals included
 */
export function hostTrial(
  stored: NodeDocuments,
  confirmed: NodeDocuments,
  versions: ReadonlyMap<string, number>,
  labels: Labels,
): HostTrial | undefined {
  const policy = resolveHostPolicy(stored, labels);
  if (JSON.stringify(policy) === JSON.stringify(resolveHostPolicy(confirmed, labels))) return undefined;
  const selected = [stored, confirmed].flatMap(({ policies }) =>
    policies.filter(({ nodes }) => matchesSelector(nodes, labels)),
  );
  const names = [...new Set(selected.flatMap((each) => [each.name, ...groupsOf(each)]))].sort();
  const seconds = Math.min(...selected.map(({ rollbackAfter }) => rollbackAfter));
  return { id: idOf(names, versions), seconds, ...(policy && { policy }) };
}

/** Of the versions that it is made of: the same text, written anew, is another trial. */
function idOf(names: readonly string[], versions: ReadonlyMap<string, number>): string {
  const text = JSON.stringify(names.map((name) => [name, versions.get(name) ?? 0]));
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

function groupsOf({ ingress }: NodePolicy): readonly string[] {
  return ingress.flatMap(({ peers }) => peers.flatMap((peer) => (peer.kind === 'group' ? [peer.group] : [])));
}

/** What somebody wrote counts; else the usual ones that no rule is about: a rule says who may come in by them. */
function failsafe(policies: readonly NodePolicy[], named: readonly NodePort[]): readonly NodePort[] {
  const written = policies.flatMap((policy) => policy.failsafe ?? []);
  if (policies.some((policy) => policy.failsafe !== undefined)) return written;
  return DEFAULT_FAILSAFE.filter((port) => !named.some((other) => holds(other, port)));
}

function holds(outer: NodePort, { protocol, port = 0 }: NodePort): boolean {
  if (outer.protocol !== protocol) return false;
  return outer.port === undefined || (outer.port <= port && port <= (outer.endPort ?? outer.port));
}

/** Undefined: a group that nobody stored is nobody. */
function resolveRule(
  { peers, ports }: NodeRule,
  groups: ReadonlyMap<string, CidrGroup['blocks']>,
): HostRule | undefined {
  const any = peers.some(({ kind }) => kind === 'any');
  const nodes = peers.some(({ kind }) => kind === 'nodes');
  const blocks = peers.flatMap((peer): HostRule['blocks'] => {
    if (peer.kind === 'ipBlock') return [{ cidr: peer.cidr, except: peer.except }];
    return peer.kind === 'group' ? (groups.get(peer.group) ?? []) : [];
  });
  if (any) return { any, blocks: [], ports };
  if (!nodes && blocks.length === 0) return undefined;
  return { ...(nodes && { nodes }), blocks, ports };
}
