import type { Protocol } from '../compose-ext/policy-model.ts';
import { type Allow, allowedRange, type NetworkPolicy, type Stance } from './network-policy.ts';

/** The first packet of a connection on one overlay. `icmp`: an echo request, without protocol and port. */
export type Packet =
  | { readonly from: string; readonly to: string; readonly protocol: Protocol; readonly port: number }
  | { readonly from: string; readonly to: string; readonly icmp: true };

export type KernelVerdict = 'allowed' | 'would-deny' | 'denied';

/**
 * What the overlay program (docs/architecture.md, steps 3 to 5) decides, over the policy instead of over maps.
 * The measure for the evaluator on one side and for the generated program on the other; not made to be fast.
 */
export function judgeByNetworkPolicy(policy: NetworkPolicy, packet: Packet): KernelVerdict {
  const source = policy.endpoints[packet.from];
  const destination = policy.endpoints[packet.to];
  // A load balancer only sends: it is no service, so nothing is allowed to it.
  if (!source || destination?.kind !== 'service') return 'denied';
  if (source.kind === 'load-balancer') return 'allowed';
  const allows = Object.values(policy.allows).filter(({ to }) => to === destination.service);
  return judgePair(
    policy.services[source.service]?.egress ?? 'isolated',
    policy.services[destination.service]?.ingress ?? 'isolated',
    {
      exact: allows.filter(({ from }) => from === source.service),
      any: allows.filter(({ from }) => from === '*'),
    },
    packet,
  );
}

export type Asked = { readonly protocol: Protocol; readonly port: number } | { readonly icmp: true };

/** `exact`: of this very pair; `any`: to the destination, from whoever it may be. */
export function judgePair(
  egress: Stance,
  ingress: Stance,
  allows: { readonly exact: readonly Allow[]; readonly any: readonly Allow[] },
  asked: Asked,
): KernelVerdict {
  const exact = mostSpecific(allows.exact, asked);
  if (exact) return exact.wouldDeny ? 'would-deny' : 'allowed';
  if (egress === 'isolated') return 'denied';
  const any = mostSpecific(allows.any, asked);
  if (!any && ingress === 'isolated') return 'denied';
  return egress === 'audit' || ingress === 'audit' || any?.wouldDeny ? 'would-deny' : 'allowed';
}

/** One port before a range before everything: an entry for everything may be would-deny where a port is allowed. */
function mostSpecific(allows: readonly Allow[], asked: Asked): Allow | undefined {
  return allows.filter((allow) => covers(allow, asked)).toSorted((a, b) => breadth(a) - breadth(b))[0];
}

function covers(allow: Allow, packet: Asked): boolean {
  if (allow.protocol === 'any') return true;
  if ('icmp' in packet) return allow.protocol === 'icmp';
  if (packet.protocol !== allow.protocol) return false;
  const range = allowedRange(allow);
  return !range || (range[0] <= packet.port && packet.port <= range[1]);
}

function breadth(allow: Allow): number {
  if (allow.protocol === 'any') return 2;
  const range = allowedRange(allow);
  return range && range[0] === range[1] ? 0 : 1;
}
