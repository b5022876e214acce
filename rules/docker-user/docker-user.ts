import { createHash } from 'node:crypto';
import type { Protocol, ServiceKey } from '../../compose-ext/policy-model.ts';
import type { EdgePolicy, EdgeRule } from '../network-policy.ts';
import { type EgressSpan, filterChains } from './chains.ts';
import { createIpSets, type IpSets } from './ip-sets.ts';
import { SETS, spanSets, TIER_SETS } from './names.ts';
import { coversPort } from './covers-port.ts';
import { type GatewayTask, placeNear } from './near.ts';
import { placeRelays } from './relays.ts';
import { type Block, holdsAddress, parsePrefix, prefixText, unionOfBlocks } from './prefixes.ts';
import type { DockerUserProgram } from './program.ts';

export interface DockerUserInput {
  /** Local tasks that have an address on docker_gwbridge, of every service that is known. */
  readonly tasks: readonly GatewayTask[];
  /** docker_gwbridge address of ingress_sbox; absent: the node has no routing mesh. */
  readonly sandbox?: string;
  /** A service without one is left alone. */
  readonly edges: Readonly<Record<ServiceKey, EdgePolicy>>;
  readonly gatewaySubnets: readonly string[];
  readonly nodeAddresses: readonly string[];
  /** Interfaces of bridges whose own traffic another program judges. */
  readonly bridges?: readonly string[];
}

const WORLD = '0.0.0.0/0';
const MAX_PORT = 65535;

/** The host's program: who outside may reach what this node publishes, and what its tasks may reach outside. */
export function dockerUserProgram(input: DockerUserInput): DockerUserProgram {
  const sets = createIpSets();
  const spans = new Map<string, EgressSpan>();
  for (const subnet of input.gatewaySubnets) {
    const prefix = parsePrefix(subnet);
    if (prefix) sets.add(SETS.gateway, [prefixText(prefix)]);
  }
  for (const { address, service } of input.tasks) {
    const edge = input.edges[service];
    if (!edge || !parsePrefix(address)) continue;
    placeTask(sets, address, edge, input.nodeAddresses);
    placeEgress(sets, spans, address, edge, input.nodeAddresses);
  }
  placeNear(sets, { ...input, tasks: input.tasks.filter(({ address }) => parsePrefix(address)) });
  placeRelays(sets, { ...input, tasks: input.tasks.filter(({ address }) => parsePrefix(address)) });
  if (input.sandbox !== undefined)
    for (const edge of Object.values(input.edges)) placeMesh(sets, input.sandbox, edge, input.nodeAddresses);
  // What is allowed before what is only let through.
  const sorted = [...spans.values()].sort(
    (a, b) => Number(a.wouldDeny ?? 0) - Number(b.wouldDeny ?? 0) || (a.id < b.id ? -1 : 1),
  );
  const all = sets.all();
  const byName = input.tasks.some(({ service }) => input.edges[service]?.names !== undefined);
  return { ...filterChains(sorted, new Set(all.keys()), input.bridges, byName), sets: all };
}

/** Host mode: what reaches the task has its own address and target port by now. */
function placeTask(sets: IpSets, address: string, edge: EdgePolicy, nodes: readonly string[]): void {
  const { ingress } = edge.stance;
  if (ingress === 'open') return;
  sets.add(SETS.tasksIn, [address]);
  if (ingress === 'audit') sets.add(SETS.tasksInAudit, [address]);
  for (const { protocol, target, mode } of edge.published)
    if (mode === 'host') allowIn(sets, address, { protocol, target, port: target }, edge, nodes);
}

/** Ingress mode: what reaches the sandbox has the published port still; policies speak of the target port. */
function placeMesh(sets: IpSets, sandbox: string, edge: EdgePolicy, nodes: readonly string[]): void {
  const { ingress } = edge.stance;
  if (ingress === 'open') return;
  for (const port of edge.published) {
    if (port.mode !== 'ingress') continue;
    const { protocol, target, published } = port;
    const guarded = [sandbox, `${protocol}:${published}`];
    sets.add(SETS.mesh, guarded);
    if (ingress === 'audit') sets.add(SETS.meshAudit, guarded);
    allowIn(sets, sandbox, { protocol, target, port: published }, edge, nodes);
  }
}

function allowIn(
  sets: IpSets,
  address: string,
  { protocol, target, port }: { protocol: Protocol; target: number; port: number },
  edge: EdgePolicy,
  nodes: readonly string[],
): void {
  const rules = edge.ingress.filter((rule) => coversPort(rule, protocol, target));
  const entry = [address, `${protocol}:${port}`];
  const near = rules.filter(({ only }) => only === 'gateway');
  const far = rules.filter(({ only }) => only !== 'gateway');
  sets.addBlocks(SETS.in, entry, union(far.filter(isAllowed), nodes));
  const would = far.filter((rule) => !isAllowed(rule));
  if (would.length > 0) {
    sets.declare(TIER_SETS.inWould, 'hash:ip,port,net');
    sets.addBlocks(TIER_SETS.inWould, entry, union(would, nodes));
  }
  for (const rule of near) {
    const set = isAllowed(rule) ? TIER_SETS.inFromGateway : TIER_SETS.inFromGatewayWould;
    sets.declare(set, 'hash:ip,port');
    sets.add(set, entry);
  }
}

function isAllowed({ wouldDeny }: EdgeRule): boolean {
  return wouldDeny !== true;
}

function placeEgress(
  sets: IpSets,
  spans: Map<string, EgressSpan>,
  address: string,
  edge: EdgePolicy,
  nodes: readonly string[],
): void {
  const { egress } = edge.stance;
  if (egress === 'open') return;
  sets.add(SETS.tasksOut, [address]);
  if (egress === 'audit') sets.add(SETS.tasksOutAudit, [address]);
  // One element holds one verdict, so the rules of the same ports are joined.
  const bySpan = new Map<string, readonly [EdgeRule, ...EdgeRule[]]>();
  for (const rule of edge.egress) bySpan.set(spanText(rule), [rule, ...(bySpan.get(spanText(rule)) ?? [])]);
  for (const rules of bySpan.values()) {
    const [{ protocol, port, endPort = port, only, wouldDeny }] = rules;
    const gateway = only === 'gateway';
    const blocks = gateway ? [] : union(rules, nodes);
    if (protocol !== 'any' && port !== undefined && endPort === port && !gateway && !wouldDeny) {
      sets.addBlocks(SETS.out, [address, `${protocol}:${port}`], blocks);
      continue;
    }
    const ports = { protocol, first: port ?? 0, last: endPort ?? MAX_PORT };
    const kind = { ...(gateway && { gateway }), ...(wouldDeny && { wouldDeny }) };
    const id = contentId({ ports, blocks, ...kind });
    const { from, to } = spanSets(id);
    spans.set(id, { id, ...ports, ...kind });
    sets.declare(from, 'hash:ip');
    sets.add(from, [address]);
    if (gateway) continue;
    sets.declare(to, 'hash:net');
    sets.addBlocks(to, [], blocks);
  }
}

/** 12 characters: 48 bits tell apart what one node has, and a set's name holds 31. */
function contentId(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 12);
}

function spanText({ protocol, port, endPort = port, only, wouldDeny }: EdgeRule): string {
  const near = only === 'gateway' ? ' gateway' : '';
  return `${protocol} ${port ?? ''} ${endPort ?? ''}${near}${wouldDeny ? ' would-deny' : ''}`;
}

/** The world has no Swarm node in it; a block that names one means it. */
function union(rules: readonly EdgeRule[], nodes: readonly string[]) {
  return unionOfBlocks(
    rules.flatMap(({ cidr, except, only }): readonly Block[] => {
      const addresses = nodes.filter((node) => parsePrefix(node));
      if (only === 'nodes')
        return addresses
          .filter((node) => holdsAddress({ cidr, except }, node))
          .map((node) => ({ cidr: node, except: [] }));
      const outside = cidr === WORLD || only === 'world';
      return [{ cidr, except: outside ? [...except, ...addresses] : except }];
    }),
  );
}
