import type { ServiceKey } from '../../compose-ext/policy-model.ts';
import { toNetworkInfo } from '../docker/network-mapper.ts';
import { toServiceRecord } from '../docker/service-mapper.ts';
import type { FullNetwork, FullService, NetworkToCreate } from './swarm.ts';

/** A network of the compiled file. */
export interface WantedNetwork extends NetworkToCreate {
  /** Made outside the stack, as two stacks share it. */
  readonly external: boolean;
  readonly members: readonly ServiceKey[];
}

export interface DeployInput {
  readonly stack: string;
  readonly wanted: readonly WantedNetwork[];
  readonly networks: readonly FullNetwork[];
  readonly services: readonly FullService[];
  readonly attachPeers: boolean;
  /** Of `docker stack deploy`, as they are: `--prune`. */
  readonly dockerOptions: readonly string[];
}

export type DeployStep =
  | { readonly kind: 'create-network'; readonly network: NetworkToCreate }
  | { readonly kind: 'deploy-stack'; readonly stack: string; readonly args: readonly string[] }
  | {
      readonly kind: 'attach-peer';
      readonly service: ServiceKey;
      readonly id: string;
      readonly network: string;
      readonly alias: string;
    };

/** A peer in another stack that a segment waits for. */
export interface AbsentPeer {
  readonly service: ServiceKey;
  readonly network: string;
  /** not-joined: it runs, and --attach-peers would add the network. */
  readonly state: 'not-joined' | 'not-deployed';
}

/** A network that exists with other options: Docker cannot change it in place, and `stack deploy` says nothing. */
export interface NetworkConflict {
  readonly network: string;
  readonly external: boolean;
  readonly option: 'encrypted' | 'internal' | 'driver';
  readonly is: string;
  readonly wanted: string;
  /** False: it only lets the world in where it no longer has to; the rules still deny. */
  readonly fatal: boolean;
}

export interface DeployPlan {
  readonly steps: readonly DeployStep[];
  readonly absentPeers: readonly AbsentPeer[];
  /** A fatal one: nothing may be done. */
  readonly conflicts: readonly NetworkConflict[];
}

export function planDeploy(input: DeployInput): DeployPlan {
  const live = new Map(input.networks.map((network) => [network.Name ?? '', network]));
  const joining = input.wanted
    .filter(({ external }) => external)
    .flatMap((network) => peersOf(input, network, live));
  const create = input.wanted
    .filter(({ name, external }) => external && !live.has(name))
    .map(({ name, encrypted, internal }) => ({
      kind: 'create-network' as const,
      network: { name, encrypted, internal },
    }));
  const deploy = {
    kind: 'deploy-stack' as const,
    stack: input.stack,
    args: ['stack', 'deploy', ...input.dockerOptions, '-c', '-', input.stack],
  };
  return {
    // Peers last: when the stack cannot be deployed, no running service was touched.
    steps: [...create, deploy, ...joining.flatMap((peer) => ('kind' in peer ? [peer] : []))],
    absentPeers: joining.flatMap((peer) => ('kind' in peer ? [] : [peer])),
    conflicts: input.wanted.flatMap((network) => conflictsOf(network, live.get(network.name))),
  };
}

type AttachPeer = Extract<DeployStep, { kind: 'attach-peer' }>;

function peersOf(
  { stack, services, attachPeers }: DeployInput,
  network: WantedNetwork,
  live: ReadonlyMap<string, FullNetwork>,
): (AttachPeer | AbsentPeer)[] {
  const names = new Set([network.name, live.get(network.name)?.Id]);
  return network.members
    .filter((member) => !member.startsWith(`${stack}/`))
    .flatMap((member): (AttachPeer | AbsentPeer)[] => {
      const service = services.find((each) => toServiceRecord(each).key === member);
      const absent = { service: member, network: network.name };
      if (!service) return [{ ...absent, state: 'not-deployed' }];
      if (attachments(service).some(({ Target }) => names.has(Target))) return [];
      if (!attachPeers) return [{ ...absent, state: 'not-joined' }];
      const alias = member.slice(member.indexOf('/') + 1);
      return [{ kind: 'attach-peer', service: member, id: service.ID, network: network.name, alias }];
    });
}

export function attachments(service: FullService): readonly { readonly Target?: string }[] {
  const inTask = service.Spec?.TaskTemplate?.Networks ?? [];
  return inTask.length > 0 ? inTask : (service.Spec?.Networks ?? []);
}

function conflictsOf(wanted: WantedNetwork, is: FullNetwork | undefined): NetworkConflict[] {
  if (!is) return [];
  const compared = [
    ['driver', is.Driver ?? '', 'overlay'],
    ['encrypted', String(toNetworkInfo(is).encrypted), String(wanted.encrypted)],
    ['internal', String(is.Internal === true), String(wanted.internal)],
  ] as const;
  return compared
    .filter(([, now, then]) => now !== then)
    .map(([option, now, then]) => ({
      network: wanted.name,
      external: wanted.external,
      option,
      is: now,
      wanted: then,
      fatal: option !== 'internal' || now === 'true',
    }));
}
