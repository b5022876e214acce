import { executeSteps } from '../../plugin/kernel/execute.ts';
import { namespaceAt } from '../../plugin/kernel/namespace.ts';
import { runProcess } from '../../plugin/process/run.ts';
import { withoutLog } from '../../rules/flows/log-groups.ts';
import type { NetworkPolicy } from '../../rules/network-policy.ts';
import { createNumbering } from '../../rules/numbering.ts';
import { createOverlay } from '../../rules/overlay/overlay.ts';
import { plan } from '../../rules/plan.ts';
import { median } from '../network/bench-network.ts';
import { createBridges, type Bridge } from '../network/bridges.ts';
import { percentile } from '../percentile.ts';
import { floodArguments, floodProgram, readSent } from './flood.ts';
import { readNowhere } from './read-nowhere.ts';

/** Two bridges with the same program, one of which logs and is read: by turns, in one run. */
export interface ForwardingReport {
  /** Microseconds to connect while so many new flows a second go over the same bridge. */
  readonly flowsPerSecond: number;
  readonly connectUs: number;
  readonly connectLoggedUs: number;
  readonly connectRatio: number;
  /** One in twenty takes longer. */
  readonly connectTailRatio: number;
  /** New flows a second, as many as there can be. */
  readonly most: number;
  readonly mostLogged: number;
  readonly mostRatio: number;
}

export interface ForwardingEffort {
  readonly rounds: number;
  readonly perSecond: number;
}

interface Round {
  readonly connects: readonly number[];
  readonly most: number;
}

const [PORT, FLOODED] = [5000, 6000];
const NAMES = ['unlogged', 'logged'] as const;
const CONNECTS = 500;

export async function benchForwarding(
  { rounds, perSecond }: ForwardingEffort,
  progress: (what: string) => void,
): Promise<ForwardingReport> {
  const flood = await floodProgram();
  const bridges = await createBridges(NAMES);
  const [unlogged, logged] = bridges.all as [Bridge, Bridge];
  const reader = await readNowhere(`/run/netns/${logged.namespace}`);
  const found = new Map<Bridge, Round[]>([unlogged, logged].map((bridge) => [bridge, []]));
  try {
    for (const bridge of bridges.all) await load(bridge, bridge === logged);
    for (const { server } of bridges.all) await bridges.measure({ kind: 'connect', server, count: 300 });
    for (let round = 0; round < rounds; round += 1) {
      progress(`forwarding, round ${String(round + 1)} of ${String(rounds)}`);
      for (const bridge of round % 2 === 0 ? [unlogged, logged] : [logged, unlogged]) {
        const sending = send(flood, bridge, perSecond);
        const connects = await bridges.measure({ kind: 'connect', server: bridge.server, count: CONNECTS });
        await sending;
        const { sent, milliseconds } = await send(flood, bridge, 0);
        await forget(bridge);
        found.get(bridge)?.push({ connects, most: (sent / milliseconds) * 1_000 });
      }
    }
  } finally {
    reader.stop();
    await bridges.stop();
  }
  return reportOf(perSecond, found.get(unlogged) ?? [], found.get(logged) ?? []);
}

/** A ratio is the median of the rounds' own: within a round the machine is in one mood. */
function reportOf(flowsPerSecond: number, off: readonly Round[], on: readonly Round[]): ForwardingReport {
  const ratio = (value: (round: Round) => number): number =>
    round2(
      median(on.map((each, round) => value(each) / (off[round] === undefined ? NaN : value(off[round])))),
    );
  const connect = (rounds: readonly Round[]): number =>
    round2(median(rounds.flatMap(({ connects }) => connects)));
  const most = (rounds: readonly Round[]): number => Math.round(median(rounds.map((each) => each.most)));
  return {
    flowsPerSecond,
    connectUs: connect(off),
    connectLoggedUs: connect(on),
    connectRatio: ratio(({ connects }) => median(connects)),
    connectTailRatio: ratio(({ connects }) => percentile(connects, 95)),
    most: most(off),
    mostLogged: most(on),
    mostRatio: ratio((each) => each.most),
  };
}

async function load(bridge: Bridge, logs: boolean): Promise<void> {
  const overlay = createOverlay({
    policy: policyOf(bridge),
    numbering: createNumbering(),
    guard: bridge.ports,
  });
  const programs = overlay.program().map((program) => (logs ? program : (withoutLog(program) ?? program)));
  const path = `/run/netns/${bridge.namespace}`;
  await executeSteps(plan(programs, []), { namespace: namespaceAt(path, runProcess) });
}

function policyOf({ name, client, server }: Bridge): NetworkPolicy {
  const isolated = { ingress: 'isolated', egress: 'isolated' } as const;
  const between = { from: 's/client', to: 's/server' };
  return {
    network: { id: name, name, subnets: [`${client}/16`], encrypted: false, ingress: false },
    endpoints: {
      [client]: { kind: 'service', service: 's/client' },
      [server]: { kind: 'service', service: 's/server' },
    },
    services: { 's/client': isolated, 's/server': isolated },
    allows: {
      tcp: { ...between, protocol: 'tcp', port: PORT },
      flood: { ...between, protocol: 'udp', port: FLOODED, endPort: FLOODED + 999 },
    },
  };
}

async function send(flood: string, { client, server }: Bridge, perSecond: number) {
  const what = { from: client, to: server, firstPort: FLOODED, ports: 1_000, perSecond, seconds: 1 };
  const { stdout } = await runProcess('nsenter', [CLIENTS, flood, ...floodArguments(what)]);
  return readSent(stdout);
}

/** The kernel's table of connections is as empty as before. */
async function forget({ namespace }: Bridge): Promise<void> {
  await runProcess('nsenter', [`--net=/run/netns/${namespace}`, 'conntrack', '-F']);
}

const CLIENTS = '--net=/run/netns/swk-bench-clients';

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
