import type {
  Direction,
  Policy,
  PolicyRule,
  ServiceLimit,
  ServicePort,
} from '../../compose-ext/policy-model.ts';
import { labelText } from '../explain/label-text.ts';
import type { ClusterService, StackSettings } from '../network-policy.ts';

/** All of it is hostile text. */
export interface ServiceDetails {
  readonly rules: readonly ServiceRule[];
  readonly ports: readonly ServicePort[];
  readonly limit?: ServiceLimit;
  /** Of its stack, where no policy of its own says anything. */
  readonly defaults: Readonly<Record<Direction, 'allow' | 'deny'>>;
}

export interface ServiceRule {
  readonly direction: Direction;
  readonly policy: string;
  /** As a label would say it; `none` of a policy that allows nobody. */
  readonly text: string;
  readonly file?: string;
  readonly line?: number;
}

export function serviceDetails(service: ClusterService, stack: StackSettings | undefined): ServiceDetails {
  return {
    rules: service.policies.flatMap((policy) =>
      policy.directions.flatMap((direction) => rulesOf(policy, direction)),
    ),
    ports: service.ports,
    ...(service.limit && { limit: service.limit }),
    defaults: stack?.defaults ?? { ingress: 'allow', egress: 'allow' },
  };
}

function rulesOf(policy: Policy, direction: Direction): readonly ServiceRule[] {
  const named = { direction, policy: `${policy.stack}/${policy.name}` };
  if (policy[direction].length === 0) return [{ ...named, text: 'none', ...placeOf(policy) }];
  return policy[direction].map((rule) => ({
    ...named,
    text: textOf(rule, policy.stack),
    ...placeOf(rule),
  }));
}

function textOf({ peers, ports }: PolicyRule, stack: string): string {
  if (peers.length === 0) return labelText({ kind: 'any' }, ports, stack) ?? 'any';
  return peers.map((peer) => labelText(peer, ports, stack) ?? JSON.stringify({ ...peer, ports })).join(' ');
}

function placeOf({ origin }: Pick<PolicyRule, 'origin'>): { readonly file?: string; readonly line?: number } {
  return origin.file === '' ? {} : { file: origin.file, line: origin.line };
}
