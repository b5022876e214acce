import type { Protocol, ServiceKey } from '../../compose-ext/policy-model.ts';
import type { Evaluator } from '../evaluator.ts';
import type { KernelVerdict } from '../kernel-semantics.ts';
import type { Allow, EdgePolicy, EdgeRule } from '../network-policy.ts';
import type { PublishedAt } from './bridges.ts';

export interface PublishedService {
  /** Absent: it is not of those that are known here, and who may reach it is for others to judge. */
  readonly service?: ServiceKey;
  readonly protocol: Protocol;
  readonly target: number;
  readonly published: number;
}

export interface PublishedWorld {
  /** On guarded bridges. */
  readonly endpoints: ReadonlyMap<string, ServiceKey>;
  readonly edges: ReadonlyMap<ServiceKey, EdgePolicy>;
  readonly evaluator: Evaluator;
}

/**
 * Who may pass through docker-proxy, which hides the client: it is asked of the pair. Where one number leads to several
 * services, by the address that it is published at, only who may reach all of them.
 */
export function publishedAt(
  ports: readonly PublishedService[],
  { endpoints, edges, evaluator }: PublishedWorld,
): readonly PublishedAt[] {
  const found = new Map<string, PublishedAt>();
  for (const { service, protocol, target, published } of ports) {
    const mayReach = (from: ServiceKey): boolean =>
      service === undefined
        ? edges.get(from)?.pair.egress !== 'isolated'
        : evaluator.judge({ from: { service: from }, to: { service }, protocol, port: target }).allowed;
    const key = `${protocol} ${String(published)}`;
    const before = found.get(key);
    const from = before?.from ?? [...endpoints.keys()].sort();
    const edge = service === undefined ? undefined : edges.get(service);
    found.set(key, {
      protocol,
      port: published,
      from: from.filter((address) => mayReach(endpoints.get(address) ?? '')),
      anyone: (before?.anyone ?? true) && (edge === undefined || admitsAnyone(edge, protocol, target)),
      world: worse(before?.world, edge === undefined ? 'allowed' : judgeWorld(edge, protocol, target)),
    });
  }
  return [...found.keys()].sort().flatMap((key) => found.get(key) ?? []);
}

const VERDICTS = ['allowed', 'would-deny', 'denied'] as const satisfies readonly KernelVerdict[];

function worse(one: KernelVerdict = 'allowed', other: KernelVerdict): KernelVerdict {
  return VERDICTS.indexOf(one) > VERDICTS.indexOf(other) ? one : other;
}

/** Of the services that are known, and whoever else is beside them. */
export function admitsAnyone({ pair, near }: EdgePolicy, protocol: Protocol, port: number): boolean {
  return (
    pair.ingress !== 'isolated' || near.some((allow) => allow.from === '*' && covers(allow, protocol, port))
  );
}

/** Everybody, less nobody: by IPv6, too, of which rules about addresses say nothing else. */
export function judgeWorld({ stance, ingress }: EdgePolicy, protocol: Protocol, port: number): KernelVerdict {
  const everybody = ({ cidr, except, only }: EdgeRule): boolean =>
    cidr === '0.0.0.0/0' && except.length === 0 && (only === undefined || only === 'world');
  if (stance.ingress === 'open') return 'allowed';
  const rules = ingress.filter((rule) => everybody(rule) && covers(rule, protocol, port));
  if (rules.some(({ wouldDeny }) => !wouldDeny)) return 'allowed';
  return stance.ingress === 'audit' || rules.length > 0 ? 'would-deny' : 'denied';
}

function covers(rule: EdgeRule | Allow, protocol: Protocol, port: number): boolean {
  if (rule.protocol !== 'any' && rule.protocol !== protocol) return false;
  return rule.port === undefined || (rule.port <= port && port <= (rule.endPort ?? rule.port));
}
