import type { ServiceKey } from '../../../compose-ext/policy-model.ts';
import type { GatewayTask } from '../../../rules/docker-user/near.ts';
import { holdsAddress } from '../../../rules/docker-user/prefixes.ts';
import { isIp6, type LocalPorts } from '../../../rules/overlay/local-ports.ts';
import { gatewayTasks } from '../gateway-tasks.ts';
import { judgeBridges, type BridgesView } from './judge-bridges.ts';
import { isEntitled } from '../entitled-ports.ts';
import type { HeldPolicy } from '../held-policy.ts';
import type { Gateway, LocalFacts } from '../local-facts.ts';
import type { SandboxInterface, StartQuestion } from './start-question.ts';

/** What the last run has put into the kernel. */
export interface StartView {
  readonly facts: LocalFacts | undefined;
  readonly policy: HeldPolicy;
  /** Tasks that the policy had when that run began: their networks and addresses came with them. */
  readonly placed: ReadonlySet<string>;
  /** Of an overlay's namespace file; undefined: nobody annotates what is there. */
  readonly guard: (file: string) => GuardView | undefined;
  readonly bridges: BridgesView;
  /** DOCKER-USER has this task's address. */
  readonly holdsGateway: (task: GatewayTask) => boolean;
  /** So have the rules for IPv6, of a task with its IPv6 address. */
  readonly holdsGateway6: (task: GatewayTask) => boolean;
}

export interface GuardView {
  /** Its tables are in the kernel: they deny what they do not know. */
  readonly denies: boolean;
  /** That the kernel has. */
  readonly ports: LocalPorts;
}

/** What a start still waits for. */
export interface Lack {
  readonly what: string;
  /** Without it something that is allowed would be cut, but nothing that is denied would pass. */
  readonly safe: boolean;
}

type OverlayInterface = Extract<SandboxInterface, { kind: 'overlay' }>;
type HostInterface = Extract<SandboxInterface, { kind: 'host' }>;

/** Nothing is lacking: every rule about this container is in the kernel. */
export function judgeStart({ container, interfaces }: StartQuestion, view: StartView): readonly Lack[] {
  const overlays = interfaces.filter((each) => each.kind === 'overlay');
  if (overlays.length === 0) return judgeBridges({ container, interfaces }, view);
  const guarded = overlays.some(({ file }) => view.guard(file) !== undefined);
  const gateways = interfaces.filter((each) => each.kind === 'host');
  return [
    ...overlays.flatMap((each) => judgeOverlay(container, each, view)),
    ...judgeTask(container, gateways, guarded, view),
    ...judgeBridges({ container, interfaces }, view),
  ];
}

function judgeOverlay(container: string, { file, port, mac, addresses }: OverlayInterface, view: StartView) {
  const guard = view.guard(file);
  const overlay = view.facts?.overlays.find((each) => each.file === file);
  if (guard === undefined && overlay === undefined)
    return [lack(`what Docker says of the network in ${file}`, false)];
  if (guard?.denies === false) return [lack(`the rules of the network in ${file}`, false)];
  const endpoint = overlay?.endpoints.find((each) => each.container === container);
  if (overlay === undefined || endpoint === undefined)
    return [lack(`what Docker says of the container in ${file}`, true)];
  if (guard === undefined) return [];
  const { task } = endpoint;
  const foreign = addresses.find(
    (address) => !isEntitled(overlay.network.id, { address, ...(task && { task }) }, view.policy),
  );
  if (foreign !== undefined) return [lack(`a manager's word on ${foreign} in ${file}`, true)];
  const known = guard.ports.find((each) => each.port === port && each.mac === mac);
  const all = known !== undefined && addresses.every((address) => known.addresses.includes(address));
  return all ? [] : [lack(`the port ${port} in ${file}`, true)];
}

/** The managers' word on a task brings that on each of its networks. A plain container is nobody's, and denied as such. */
function judgeTask(container: string, gateways: readonly HostInterface[], guarded: boolean, view: StartView) {
  const { facts, policy, placed } = view;
  const endpoints = facts?.overlays.flatMap((overlay) => overlay.endpoints) ?? [];
  const found = endpoints.find((endpoint) => endpoint.container === container);
  // As long as nobody knows whose its address on docker_gwbridge is, it could reach the world from there.
  const inside = !guarded || gateways.length === 0;
  if (facts === undefined || found === undefined)
    return inside ? [] : [lack('whose the container is', false)];
  if (found.task === undefined) return [];
  if (!placed.has(found.task)) return [lack("a manager's word on the task", inside)];
  return inside
    ? []
    : gateways.flatMap(({ port, addresses }) =>
        addresses.flatMap((address) => judgeGateway(container, { port, address }, facts, policy, view)),
      );
}

function judgeGateway(
  container: string,
  { port, address }: { readonly port: string; readonly address: string },
  facts: LocalFacts,
  policy: HeldPolicy,
  view: StartView,
): readonly Lack[] {
  const { gateway } = facts;
  const here = gateway?.subnets.some((cidr) => holdsAddress({ cidr, except: [] }, address));
  if (gateway === undefined || here !== true) return [];
  if (gateway.addresses.get(container) !== address)
    return [lack(`what Docker says of ${address} on docker_gwbridge`, false)];
  const task = gatewayTasks(facts, policy).find((each) => each.address === address);
  if (task === undefined) return [lack("a manager's word on the container's addresses", false)];
  return [
    ...(view.holdsGateway(task) ? [] : [lack(`${address} of ${task.service} in DOCKER-USER`, false)]),
    ...judgeGateway6({ port, service: task.service }, gateway, view),
  ];
}

/** The question names no IPv6 address: Docker does, with the port; whose it is it may tell later. */
function judgeGateway6(
  { port, service }: { readonly port: string; readonly service: ServiceKey },
  { subnets, ports }: Gateway,
  view: StartView,
): readonly Lack[] {
  if (!subnets.some(isIp6)) return [];
  const known = ports.find((each) => each.port === port);
  if (known === undefined) return [lack('what Docker says of its IPv6 on docker_gwbridge', false)];
  return known.addresses
    .filter((address) => isIp6(address) && !view.holdsGateway6({ address, service }))
    .map((address) => lack(`${address} of ${service} in the rules for IPv6`, false));
}

const lack = (what: string, safe: boolean): Lack => ({ what, safe });
