import { setTimeout as sleep } from 'node:timers/promises';
import { parseCounters } from '../../rules/overlay/denied-flows.ts';
import { stackText } from '../../test/e2e/stack-text.ts';
import { eventually } from '../../test/lab/eventually.ts';
import { PROGRAMS } from '../../test/lab/first-packet/programs.ts';
import type { Lab } from '../../test/lab/lab.ts';
import type { LabTask } from '../../test/lab/tasks.ts';
import { withGuardedLab } from '../guarded-lab.ts';
import { readAgentMemory } from './agent-memory.ts';
import { floodArguments, floodProgram, readSent, type Flood } from './flood.ts';
import { readLosses, recordedSince } from './recorded.ts';
import { sandboxOf } from './sandbox.ts';

/** What became of a load's packets, each the first of a connection. */
export interface LoadReport {
  readonly perSecond: number;
  readonly sent: number;
  /** By the kernel's own counters, and of those that may pass, in the task. */
  readonly judged: number;
  readonly arrived: number;
  /** Connections (of denied flows packets) in the verdict log. */
  readonly recorded: number;
  /** Said by the agent, by why. */
  readonly lost: Readonly<Record<string, number>>;
  /** Of all that was judged, what is neither in the log nor said to be lost. */
  readonly unaccounted: number;
  /** The same of the ends of those that were allowed. */
  readonly unaccountedEnds: number;
}

export interface NodeLoadReport {
  readonly engine: string;
  readonly loads: Readonly<Record<string, LoadReport>>;
  /** MiB: most at once, and at the end of each load. */
  readonly agentPeak: number;
  readonly agentAfter: readonly number[];
  readonly readerPeak: number;
}

const NET = 'load_net';
const RANGE = { firstPort: 10_000, ports: 50_000 };
const STACK = stackText({
  client: { deploy: {} },
  server: { deploy: {}, labels: { 'swarmwall.ingress': 'client:10000-59999/udp' } },
});
/** Connections of few flows; as many flows as there are ports; the same, from who may not. */
const LOADS = {
  connections: { firstPort: 10_000, ports: 50, from: 'client', to: 'server' },
  flows: { ...RANGE, from: 'client', to: 'server' },
  denied: { ...RANGE, from: 'server', to: 'client' },
} as const;
/** So that connections end during the load, and the kernel's table of them does not fill up. */
const UDP_TIMEOUT = ['net.netfilter.nf_conntrack_udp_timeout=3'];

export async function loadNode(
  { perSecond, seconds }: Pick<Flood, 'perSecond' | 'seconds'>,
  progress: (what: string) => void,
): Promise<NodeLoadReport> {
  await floodProgram();
  return withGuardedLab({ name: 'load', nodes: 1, stack: STACK }, async ({ lab, agents, tasks }) => {
    const node = await openNode(lab, tasks);
    const memory = () => readAgentMemory(agents.pidOf(lab.manager));
    const loads: Record<string, LoadReport> = {};
    const agentAfter: number[] = [];
    for (const [name, { from, to, firstPort, ports }] of Object.entries(LOADS)) {
      progress(`flows: ${name}, ${String(perSecond)} a second for ${String(seconds)} s`);
      loads[name] = await node.load(from, to, { firstPort, ports, perSecond, seconds });
      agentAfter.push(memory().agent);
    }
    const { agentPeak, readerPeak } = memory();
    return { engine: lab.engine, loads, agentPeak, agentAfter, readerPeak };
  });
}

async function openNode(lab: Lab, tasks: readonly LabTask[]) {
  const node = lab.manager;
  const task = (name: string): LabTask => tasks.find(({ service }) => service === `load_${name}`)!;
  const networkId = (await node.docker(['network', 'inspect', '--format', '{{.Id}}', NET])).stdout.trim();
  const overlay = await node.overlayNetns(networkId);
  if (overlay === undefined) throw new Error(`${NET} has no namespace`);
  const sandboxes = new Map<string, string>();
  for (const name of ['client', 'server']) {
    const sandbox = await sandboxOf(node, task(name).container);
    await node.inNetns(sandbox, 'nft', ['-f', '-'], { input: COUNTING });
    sandboxes.set(name, sandbox);
  }
  await node.inNetns(overlay, 'sysctl', ['-qw', ...UDP_TIMEOUT]);

  const judgedSoFar = async () => {
    const { stdout } = await node.inNetns(overlay, 'nft', [...LIST, 'inet', 'swarmwall']);
    const { accepted = 0, denied = 0 } = parseCounters(stdout);
    return accepted + denied;
  };
  const arrivedSoFar = async (name: string) => {
    const { stdout } = await node.inNetns(sandboxes.get(name)!, 'nft', [...LIST, 'inet', 'arrivals']);
    return parseCounters(stdout)['arrived'] ?? 0;
  };
  const openConnections = async () => {
    const path = '/proc/sys/net/netfilter/nf_conntrack_count';
    return Number((await node.inNetns(overlay, 'cat', [path])).stdout);
  };

  async function load(
    fromName: string,
    toName: string,
    what: Pick<Flood, 'firstPort' | 'ports' | 'perSecond' | 'seconds'>,
  ): Promise<LoadReport> {
    const [from, to] = [task(fromName).addresses[NET]!, task(toName).addresses[NET]!];
    const [judged, arrived, lost] = [await judgedSoFar(), await arrivedSoFar(toName), await readLosses(node)];
    const since = Date.now();
    const argv = floodArguments({ ...what, from, to });
    const { stdout } = await node.inNetns(sandboxes.get(fromName)!, `${PROGRAMS}/flood`, argv, {
      timeout: (what.seconds + 60) * 1_000,
    });
    const { sent, milliseconds } = readSent(stdout);
    await eventually(async () => (await openConnections()) < 100, 60_000, 500);
    const report = async (): Promise<LoadReport> => {
      const judgedNow = (await judgedSoFar()) - judged;
      const recorded = await recordedSince(node, since, to);
      const losses = await readLosses(node);
      const said = Object.fromEntries(
        Object.entries(losses).map(([why, count]) => [why, count - (lost[why] ?? 0)]),
      );
      const { ends = 0, limited = 0, unread = 0, crowded = 0 } = said;
      const { begun, packets } = recorded;
      return {
        perSecond: Math.round((sent / milliseconds) * 1_000),
        sent,
        judged: judgedNow,
        arrived: (await arrivedSoFar(toName)) - arrived,
        recorded: begun,
        lost: said,
        unaccounted: judgedNow - begun - limited - unread - crowded,
        // Each connection has one packet.
        unaccountedEnds: packets === 0 ? 0 : judgedNow - packets - ends,
      };
    };
    // What goes on has a record each minute when there are many.
    const end = Date.now() + 75_000;
    let last = await report();
    while ((last.unaccounted !== 0 || last.unaccountedEnds !== 0) && Date.now() < end) {
      await sleep(2_000);
      last = await report();
    }
    return last;
  }

  return { load };
}

const LIST = ['-n', '-j', 'list', 'counters', 'table'];
/** Nobody answers: the packets are counted where they arrive. */
const COUNTING = `table inet arrivals {
  counter arrived { }
  chain input {
    type filter hook input priority 0; policy accept;
    meta l4proto udp udp dport 10000-59999 counter name arrived drop
  }
}
`;
