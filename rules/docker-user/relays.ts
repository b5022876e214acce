import type { Protocol, ServiceKey } from '../../compose-ext/policy-model.ts';
import { judgePair, type KernelVerdict } from '../kernel-semantics.ts';
import type { EdgePolicy } from '../network-policy.ts';
import { coversPort } from './covers-port.ts';
import type { IpSets } from './ip-sets.ts';
import { SETS, STRANGER_SETS } from './names.ts';
import type { GatewayTask, HostPort, NearInput } from './near.ts';

const SET_OF: Readonly<Record<KernelVerdict, string>> = {
  allowed: SETS.relay,
  'would-deny': SETS.relayWould,
  denied: SETS.relayDenied,
};
/** All of IPv4: ipset has no prefix of length 0. */
const EVERYBODY = ['0.0.0.0/1', '128.0.0.0/1'];

/**
 * Ports in host mode as docker-proxy has them, at every address of the node: it goes on to the task in the node's own
 * name, so who may is asked before. Of Swarm's tasks alone: to bridges Docker's translation leads from docker_gwbridge.
 */
export function placeRelays(sets: IpSets, { tasks, edges }: Pick<NearInput, 'tasks' | 'edges'>): void {
  const here = tasks.filter(({ bridge }) => !bridge);
  for (const key of new Set(here.map(({ service }) => service))) {
    const edge = edges[key];
    if (edge === undefined) continue;
    for (const { protocol, published, target } of hostPorts(key, edge, here)) {
      const port = `${protocol}:${published}`;
      for (const { address, service } of here) {
        const verdict = judgeRelay({ service, edge: edges[service] }, edge, { protocol, port: target });
        sets.add(SET_OF[verdict], [address, port]);
      }
      const others = strangerSet(edge, protocol, target);
      if (others === undefined) continue;
      sets.declare(others, 'hash:net,port');
      for (const half of EVERYBODY) sets.add(others, [half, port]);
    }
  }
}

/** A task of this node, through docker-proxy, to a port of the service: as the pair decides. */
export function judgeRelay(
  from: { readonly service: ServiceKey; readonly edge: EdgePolicy | undefined },
  { pair, near }: EdgePolicy,
  asked: { readonly protocol: Protocol; readonly port: number },
): KernelVerdict {
  const allows = {
    exact: near.filter((allow) => allow.from === from.service),
    any: near.filter((allow) => allow.from === '*'),
  };
  return judgePair(from.edge?.pair.egress ?? 'open', pair.ingress, allows, asked);
}

/** With the numbers that the service asks for, and those that the engine chose or still has. */
export function hostPorts(
  key: ServiceKey,
  edge: EdgePolicy,
  tasks: readonly GatewayTask[],
): readonly HostPort[] {
  const ports = [
    ...edge.published.flatMap(({ mode, protocol, target, published }) =>
      mode === 'host' && published !== undefined ? [{ protocol, target, published }] : [],
    ),
    ...tasks.flatMap(({ service, ports: own = [] }) => (service === key ? own : [])),
  ];
  return [...new Map(ports.map((port) => [`${port.protocol}:${port.published}`, port])).values()];
}

/** Undefined: nothing is said of them. */
function strangerSet(
  { stance, ingress }: EdgePolicy,
  ...[protocol, port]: [Parameters<typeof coversPort>[1], number]
): string | undefined {
  if (stance.ingress === 'open') return undefined;
  const rules = ingress.filter((rule) => rule.only === 'gateway' && coversPort(rule, protocol, port));
  if (rules.some(({ wouldDeny }) => !wouldDeny)) return undefined;
  return stance.ingress === 'audit' || rules.length > 0
    ? STRANGER_SETS.relayWould
    : STRANGER_SETS.relayDenied;
}
