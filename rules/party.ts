import type { Direction, Labels, Mode, Peer, PortMatch, ServiceKey } from '../compose-ext/policy-model.ts';
import type { Position } from '../compose-ext/diagnostic.ts';
import { type Address, blockTest } from './address-block.ts';
import type { ClusterService, DecidingRule, ServiceStance, StackSettings, Stance } from './network-policy.ts';
import type { PortSet } from './port-set.ts';
import { hasNames, resolvePorts } from './resolve-ports.ts';

/** A service with all that it takes to judge it, computed once for each version of it and of its stack. */
export interface Party {
  readonly key: ServiceKey;
  readonly service: ClusterService;
  readonly stackLabels: Labels;
  /** Its own, where ipBlocks may mean them. */
  readonly addresses: readonly Address[];
  /** Its networks get a program: its stack is annotated, or it carries a policy all the same. */
  readonly guarded: boolean;
  readonly mode: Mode;
  readonly sides: Readonly<Record<Direction, Side>>;
  readonly stance: ServiceStance;
  /** Its stance between endpoints: open also where a rule admits every peer on every port, which is the same. */
  readonly overlayStance: ServiceStance;
}

/** One direction of a service. Not isolated: no rules. */
export interface Side {
  readonly direction: Direction;
  readonly isolated: boolean;
  readonly isolatedBy: readonly DecidingRule[];
  readonly rules: readonly SideRule[];
}

export interface SideRule {
  /** For people. */
  readonly decides: DecidingRule;
  /** The policy's own stack, which a selector without stacks means. */
  readonly stack: string;
  /** No peers, or `any` among them. */
  readonly everyone: boolean;
  readonly peers: readonly Peer[];
  readonly ports: readonly PortMatch[];
  /** The ports where they do not depend on the destination: on ingress, and on egress without names. */
  readonly fixedPorts?: PortSet;
  /** One test for each ipBlock among the peers. */
  readonly blocks: readonly ((address: Address) => boolean)[];
  readonly world: boolean;
}

const NOWHERE: Position = { file: '', line: 1, column: 1 };

/** `stack` is absent while its settings are not known: what its services' policies say is enforced all the same. */
export function createParty(
  service: ClusterService,
  stack: StackSettings | undefined,
  addresses: readonly Address[] = [],
): Party {
  const ingress = createSide(service, stack, 'ingress');
  const egress = createSide(service, stack, 'egress');
  const mode = stack?.mode ?? 'enforce';
  return {
    key: service.key,
    service,
    stackLabels: stack?.labels ?? {
      name: service.stack,
      'kubernetes.io/metadata.name': service.stack,
    },
    addresses,
    guarded: (stack?.annotated ?? false) || service.policies.length > 0,
    mode,
    sides: { ingress, egress },
    stance: { ingress: stanceOf(ingress, mode), egress: stanceOf(egress, mode) },
    overlayStance: {
      ingress: admitsAll(ingress) ? 'open' : stanceOf(ingress, mode),
      egress: admitsAll(egress) ? 'open' : stanceOf(egress, mode),
    },
  };
}

function createSide(service: ClusterService, stack: StackSettings | undefined, direction: Direction): Side {
  const policies = service.policies.filter((policy) => policy.directions.includes(direction));
  const isolatedBy = policies.map((policy) => ({
    policy: policy.name,
    stack: policy.stack,
    direction,
    origin: policy.origin,
  }));
  if (isolatedBy.length === 0 && stack?.annotated && stack.defaults[direction] === 'deny')
    isolatedBy.push({ policy: 'default', stack: stack.name, direction, origin: stack.origin ?? NOWHERE });
  const rules = policies.flatMap((policy) =>
    policy[direction].map((rule): SideRule => {
      const fixed = direction === 'ingress' || !hasNames(rule.ports);
      return {
        decides: { policy: policy.name, stack: policy.stack, direction, origin: rule.origin },
        stack: policy.stack,
        everyone: rule.peers.length === 0 || rule.peers.some((peer) => peer.kind === 'any'),
        world: rule.peers.some((peer) => peer.kind === 'world'),
        peers: rule.peers,
        ports: rule.ports,
        blocks: rule.peers
          .filter((peer) => peer.kind === 'ipBlock')
          .map(({ cidr, except }) => blockTest(cidr, except)),
        ...(fixed && { fixedPorts: resolvePorts(rule.ports, service.ports) }),
      };
    }),
  );
  return { direction, isolated: isolatedBy.length > 0, isolatedBy, rules };
}

function stanceOf(side: Side, mode: Mode): Stance {
  if (!side.isolated) return 'open';
  return mode === 'audit' ? 'audit' : 'isolated';
}

function admitsAll(side: Side): boolean {
  return side.rules.some((rule) => rule.everyone && rule.ports.length === 0);
}
