import Dockerode from 'dockerode';
import { on } from '../test/e2e/observe.ts';
import { stackText } from '../test/e2e/stack-text.ts';
import { eventually } from '../test/lab/eventually.ts';
import { PacketReceiver, PacketSender } from '../test/lab/traffic/stream.ts';
import { withGuardedLab } from './guarded-lab.ts';
import { percentile } from './percentile.ts';

/**
 * From the moment at which Swarm has taken a service's new label to the last of two real nodes enforcing it, seen by
 * packets a millisecond apart on each node. Milliseconds.
 */
export interface ConvergenceReport {
  readonly engine: string;
  readonly changes: number;
  readonly allowMedianMs: number;
  readonly denyMedianMs: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly worstMs: number;
  /** The same from before the call to Docker. */
  readonly withCallP99Ms: number;
}

const PORT = 7000;
const NET = 'converge_net';
const OPEN = { 'swarmwall.ingress': `client:${String(PORT)}/udp` };
const CLOSED = { 'swarmwall.ingress': 'none' };
const STACK = stackText(
  { client: {}, db: { listens: ['tcp/5432'], labels: OPEN } },
  { driver: 'overlay', attachable: true },
);

interface Flow {
  readonly receiver: PacketReceiver;
  readonly source: string;
}

export async function benchConvergence(
  changes: number,
  progress: (what: string) => void,
): Promise<ConvergenceReport> {
  return withGuardedLab({ name: 'converge', nodes: 2, stack: STACK }, async ({ lab, tasks }) => {
    // Within each node, so that each one's own rules decide.
    const flows = await Promise.all(
      lab.nodes.map(async (node): Promise<Flow> => {
        const [client, db] = [on(tasks, 'converge_client', node), on(tasks, 'converge_db', node)];
        const receiver = await PacketReceiver.start(db, PORT, `receive-${node.name}`);
        const to = { address: db.addresses[NET]!, port: PORT };
        await PacketSender.start(client, 1, [to], `send-${node.name}`);
        return { receiver, source: client.addresses[NET]! };
      }),
    );
    for (const flow of flows) await eventually(() => flow.receiver.from(flow.source).received > 100);

    const docker = new Dockerode({ socketPath: lab.manager.socketPath });
    const allow: number[] = [];
    const deny: number[] = [];
    const withCall: number[] = [];
    for (let change = 0; change < changes; change += 1) {
      progress(`convergence, change ${String(change + 1)} of ${String(changes)}`);
      const open = change % 2 === 1;
      const { called, taken } = await setLabels(docker, open ? OPEN : CLOSED);
      const ended = Math.max(
        ...(await Promise.all(
          flows.map((flow) => (open ? resumedAfter(flow, called) : stoppedAfter(flow, called))),
        )),
      );
      (open ? allow : deny).push(ended - taken);
      withCall.push(ended - called);
      // At another moment each time, and after what follows an event is over.
      await new Promise((resolve) => setTimeout(resolve, 200 + ((change * 73) % 400)));
    }
    const all = [...allow, ...deny];
    return {
      engine: lab.engine,
      changes,
      allowMedianMs: round(percentile(allow, 50)),
      denyMedianMs: round(percentile(deny, 50)),
      medianMs: round(percentile(all, 50)),
      p99Ms: round(percentile(all, 99)),
      worstMs: round(Math.max(...all)),
      withCallP99Ms: round(percentile(withCall, 99)),
    };
  });
}

/** When packets came again. */
function resumedAfter({ receiver, source }: Flow, moment: number): Promise<number> {
  return eventually(
    () => receiver.from(source).resumed.find(({ at }) => at > moment)?.at ?? false,
    20_000,
    20,
  );
}

/** When the last packet came, with none for a while since: a new policy lets none through that were on their way. */
function stoppedAfter({ receiver, source }: Flow, moment: number): Promise<number> {
  return eventually(
    () => {
      const { last } = receiver.from(source);
      return now() - last > 250 ? Math.max(last, moment) : false;
    },
    20_000,
    20,
  );
}

async function setLabels(
  docker: Dockerode,
  labels: Readonly<Record<string, string>>,
): Promise<{ readonly called: number; readonly taken: number }> {
  const service = docker.getService('converge_db');
  const { Version, Spec } = (await service.inspect()) as {
    readonly Version: { readonly Index: number };
    readonly Spec: { readonly Labels: Readonly<Record<string, string>> };
  };
  const called = now();
  await service.update({ ...Spec, version: Version.Index, Labels: { ...Spec.Labels, ...labels } });
  return { called, taken: now() };
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
