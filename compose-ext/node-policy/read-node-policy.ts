import type { GroupReference, PolicyObject } from '../cluster-policy/policy-document.ts';
import { readBlock } from '../extension/read-peer.ts';
import { readPort } from '../extension/read-policy.ts';
import { readSelector } from '../extension/read-selector.ts';
import { GROUP_NAME } from '../group-name.ts';
import type { ObjectContext } from '../kubernetes/manifest.ts';
import { checkSchema } from '../syntax/schema-errors.ts';
import { get, isNull, itemsOf, textOf } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';
import {
  DEFAULT_ROLLBACK_AFTER,
  type NodePeer,
  type NodePolicy,
  type NodePort,
  type NodeRule,
} from './node-policy-model.ts';
import { nodePolicySchema } from './node-policy-schema.ts';

const SHORTEST = 10;
const LONGEST = 60 * 60;

/** `kind: NodePolicy`. All its mistakes are in the report; with any, what is returned is not whole. */
export function readNodePolicy(tree: Tree, context: ObjectContext): PolicyObject {
  checkSchema(tree, nodePolicySchema, context.source, context.report);
  const groups: GroupReference[] = [];
  const failsafe = get(tree, 'failsafe');
  const node: NodePolicy = {
    name: textOf(get(tree, 'name')) ?? '',
    nodes: readSelector(get(tree, 'nodeSelector')),
    default: textOf(get(tree, 'default')) === 'allow' ? 'allow' : 'deny',
    ingress: itemsOf(get(tree, 'ingress')).map((rule) => readRule(rule, groups, context)),
    ...(failsafe === undefined || isNull(failsafe) ? {} : { failsafe: readPorts(failsafe, context) }),
    rollbackAfter: readDuration(get(tree, 'rollbackAfter'), context),
    origin: context.source.at(tree.offset),
  };
  return { kind: 'node', node, groups };
}

function readRule(tree: Tree, groups: GroupReference[], context: ObjectContext): NodeRule {
  const name = textOf(get(tree, 'name'));
  return {
    ...(name && { name }),
    peers: itemsOf(get(tree, 'from')).flatMap((peer) => readPeer(peer, groups, context) ?? []),
    ports: readPorts(get(tree, 'ports'), context),
    origin: context.source.at(tree.offset),
  };
}

/** Undefined: broken, and reported here or by the schema. */
function readPeer(tree: Tree, groups: GroupReference[], context: ObjectContext): NodePeer | undefined {
  if (textOf(get(tree, 'any')) === 'true') return { kind: 'any' };
  if (textOf(get(tree, 'nodes')) === 'true') return { kind: 'nodes' };
  const group = textOf(get(tree, 'group'));
  if (group !== undefined) {
    if (!GROUP_NAME.test(group)) return undefined;
    groups.push({ name: group, origin: context.source.at(tree.offset) });
    return { kind: 'group', group };
  }
  const block = get(tree, 'ipBlock');
  return block === undefined ? undefined : readBlock(block, context);
}

function readPorts(tree: Tree | undefined, context: ObjectContext): NodePort[] {
  return itemsOf(tree).flatMap((item): NodePort[] => {
    const read = readPort(item, context);
    // A name is the schema's to report: a node's ports have none.
    if (read === undefined || typeof read.port === 'string') return [];
    const { protocol, port, endPort } = read;
    return [
      { protocol, ...(port === undefined ? {} : { port }), ...(endPort === undefined ? {} : { endPort }) },
    ];
  });
}

/** `90s`, `2m`; seconds. */
function readDuration(tree: Tree | undefined, { source, report }: ObjectContext): number {
  const text = textOf(tree);
  if (tree === undefined || text === undefined) return DEFAULT_ROLLBACK_AFTER;
  const match = /^(\d{1,5})(s|m)$/.exec(text);
  const seconds = Number(match?.[1]) * (match?.[2] === 'm' ? 60 : 1);
  if (match !== null && seconds >= SHORTEST && seconds <= LONGEST) return seconds;
  const message =
    match === null ? `"${text}" is not a time` : `"${text}" is not between ${SHORTEST}s and ${LONGEST / 60}m`;
  report.error('invalid-value', source.at(tree.offset), `"rollbackAfter": ${message}`, 'Write 90s or 2m.');
  return DEFAULT_ROLLBACK_AFTER;
}
