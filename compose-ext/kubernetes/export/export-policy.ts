import type { Plain } from '../../emit/node-building.ts';
import { STACK_NAME_LABEL } from '../../label/label-policy.ts';
import type { Direction, Peer, Policy, PolicyRule, PortMatch, Selector } from '../../policy-model.ts';
import { plainSelector } from '../plain-selector.ts';
import { formatMark, WORLD_ANNOTATION, worldBlocks } from '../world-mark.ts';
import { rulesOf, type ExportNames } from './export-names.ts';

export interface PolicyExport {
  readonly names: ExportNames;
  /** The pods' addresses, which the world leaves out. */
  readonly podCidrs: readonly string[];
}

const TYPES = { ingress: 'Ingress', egress: 'Egress' } as const;

export function exportPolicy(policy: Policy, name: string, context: PolicyExport): Plain {
  const { names, podCidrs } = context;
  const worldly = rulesOf(policy).some((rule) => rule.peers.some(({ kind }) => kind === 'world'));
  const { target, stack } = policy;
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      name,
      namespace: names.namespaceOf(stack),
      ...(worldly && { annotations: { [WORLD_ANNOTATION]: formatMark({ except: podCidrs }) } }),
    },
    spec: {
      podSelector:
        target.kind === 'service'
          ? onlyService(stack, target.service, names)
          : plainSelector(target.services),
      policyTypes: policy.directions.map((direction) => TYPES[direction]),
      ...Object.fromEntries(
        policy.directions
          .filter((direction) => policy[direction].length > 0)
          .map((direction) => [
            direction,
            policy[direction].map((rule) => exportRule(rule, direction, stack, context)),
          ]),
      ),
    },
  };
}

/** Isolates every pod of a namespace: what is left of "default: deny" where policies are all that isolates. */
export function denyAll(namespace: string, name: string, directions: readonly Direction[]): Plain {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace },
    spec: { podSelector: {}, policyTypes: directions.map((direction) => TYPES[direction]) },
  };
}

function exportRule(
  { peers, ports }: PolicyRule,
  direction: Direction,
  stack: string,
  context: PolicyExport,
): Plain {
  const everybody = peers.length === 0 || peers.some(({ kind }) => kind === 'any');
  const written = peers.flatMap((peer) => exportPeer(peer, stack, context));
  const matches = ports.flatMap(context.names.ports.ofRule);
  return {
    ...(!everybody && { [direction === 'ingress' ? 'from' : 'to']: written }),
    ...(matches.length > 0 && { ports: matches.map(exportPort) }),
  };
}

function exportPeer(peer: Peer, ownStack: string, { names, podCidrs }: PolicyExport): Plain[] {
  switch (peer.kind) {
    case 'service':
      return [
        {
          ...(peer.stack !== ownStack && {
            namespaceSelector: { matchLabels: { [STACK_NAME_LABEL]: names.namespaceOf(peer.stack) } },
          }),
          podSelector: onlyService(peer.stack, peer.service, names),
        },
      ];
    case 'selector':
      return [
        {
          ...(peer.stacks && { namespaceSelector: plainSelector(inNamespaces(peer.stacks, names)) }),
          // Kubernetes takes no peer without a selector; all of the own namespace is an empty one.
          ...((peer.services ?? !peer.stacks) && {
            podSelector: plainSelector(peer.services ?? EVERYTHING),
          }),
        },
      ];
    case 'ipBlock':
      return [exportBlock(peer)];
    case 'world':
      return worldBlocks({ except: podCidrs }).map(exportBlock);
    // Both are refused before: see check-exportable.
    case 'group':
    case 'name':
      return [{ podSelector: nobody(names) }];
    case 'any':
      return [];
  }
}

const EVERYTHING: Selector = { matchLabels: {}, matchExpressions: [] };

function exportBlock({ cidr, except }: Extract<Peer, { kind: 'ipBlock' }>): Plain {
  return { ipBlock: { cidr, ...(except.length > 0 && { except }) } };
}

function onlyService(stack: string, service: string, names: ExportNames): Plain {
  return { matchLabels: { [names.serviceLabel]: names.workloadOf(stack, service) } };
}

/** Whose addresses are not known here: an empty list would mean everybody. */
function nobody({ serviceLabel: key }: ExportNames): Plain {
  return {
    matchExpressions: [
      { key, operator: 'Exists' },
      { key, operator: 'DoesNotExist' },
    ],
  };
}

/** A stack whose name Kubernetes does not take is asked for by the name that its namespace has. */
function inNamespaces({ matchLabels, matchExpressions }: Selector, names: ExportNames): Selector {
  return {
    matchLabels: Object.fromEntries(
      Object.entries(matchLabels).map(([key, value]) => [
        key,
        key === STACK_NAME_LABEL ? names.namespaceOf(value) : value,
      ]),
    ),
    matchExpressions: matchExpressions.map((expression) =>
      expression.key === STACK_NAME_LABEL
        ? { ...expression, values: expression.values.map(names.namespaceOf) }
        : expression,
    ),
  };
}

function exportPort({ protocol, port, endPort }: PortMatch): Plain {
  return {
    ...(port !== undefined && { port }),
    ...(endPort !== undefined && { endPort }),
    protocol: protocol.toUpperCase(),
  };
}
