import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { readFlowRecord } from '../../rules/flows/read-flow-record.ts';
import { on } from '../../test/e2e/observe.ts';
import { stackText } from '../../test/e2e/stack-text.ts';
import { eventually } from '../../test/lab/eventually.ts';
import type { LabNode } from '../../test/lab/node.ts';
import { withGuardedLab } from '../guarded-lab.ts';
import { percentile } from '../percentile.ts';
import { sandboxOf } from './sandbox.ts';

/** From a packet on one node to the line that `swarmwall observe --follow` prints of it on the manager, another node. Milliseconds. */
export interface ObserveReport {
  readonly engine: string;
  readonly packets: number;
  readonly missing: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly worstMs: number;
}

const NET = 'seen_net';
const STACK = stackText({
  client: {},
  server: { labels: { 'swarmwall.ingress': 'client:20000-20999/udp' } },
});
/** By turns one that is allowed and one that is not. */
const PORTS = [20_000, 30_000] as const;
/** For the port that each line of its input names: sends, and says when. */
const SENDER = `
const socket = require('node:dgram').createSocket('udp4');
const lines = require('node:readline').createInterface({ input: process.stdin });
lines.on('line', (port) => {
  const at = performance.timeOrigin + performance.now();
  socket.send('x', Number(port), process.argv[1]);
  process.stdout.write(port + ' ' + at + '\\n');
});
process.stdout.write('ready\\n');
`;

export async function benchObserve(
  packets: number,
  progress: (what: string) => void,
): Promise<ObserveReport> {
  return withGuardedLab({ name: 'seen', nodes: 2, stack: STACK }, async ({ lab, tasks }) => {
    const children: ChildProcess[] = [];
    try {
      const [one, two] = [lab.nodes[0]!, lab.nodes[1]!];
      const sandbox = await sandboxOf(two, on(tasks, 'seen_client', two).container);
      const to = on(tasks, 'seen_server', one).addresses[NET]!;
      const printed = readTimes(
        start(children, one, 'swarmwall', ['observe', '--follow', '--json', '--node', two.name]),
        (line) => {
          const record = readFlowRecord(line);
          return typeof record === 'string' ? undefined : record.port;
        },
      );
      const sender = start(children, two, 'nsenter', [`--net=${sandbox}`, 'node', '-e', SENDER, to]);
      const sent = readTimes(
        sender,
        (line) => Number(line.split(' ')[0]),
        (line) => Number(line.split(' ')[1]),
      );
      // Both have begun when the first packets are told of.
      await eventually(async () => {
        sender.stdin?.write('29999\n');
        await sleep(500);
        return printed.has(29_999);
      }, 60_000);
      for (let packet = 0; packet < packets; packet += 1) {
        progress(`observe, packet ${String(packet + 1)} of ${String(packets)}`);
        sender.stdin?.write(`${String(PORTS[packet % 2]! + packet)}\n`);
        // At another moment of the agent's ticks each time.
        await sleep(100 + ((packet * 73) % 200));
      }
      const ports = Array.from({ length: packets }, (_, packet) => PORTS[packet % 2]! + packet);
      await eventually(() => ports.every((port) => printed.has(port)), 20_000).catch(() => undefined);
      const times = ports.flatMap((port) => {
        const [from, till] = [sent.get(port), printed.get(port)];
        return from === undefined || till === undefined ? [] : [till - from];
      });
      return {
        engine: lab.engine,
        packets,
        missing: packets - times.length,
        medianMs: Math.round(percentile(times, 50)),
        p99Ms: Math.round(percentile(times, 99)),
        worstMs: Math.round(Math.max(...times)),
      };
    } finally {
      for (const child of children) child.kill('SIGKILL');
    }
  });
}

function start(children: ChildProcess[], node: LabNode, file: string, args: readonly string[]): ChildProcess {
  const child = spawn('nsenter', node.argv(file, args), { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  return child;
}

/** Port → when its first line came, in milliseconds since 1970; or the time that the line itself says. */
function readTimes(
  child: ChildProcess,
  portOf: (line: string) => number | undefined,
  timeOf: (line: string) => number = () => performance.timeOrigin + performance.now(),
): ReadonlyMap<number, number> {
  const times = new Map<number, number>();
  if (child.stdout === null) throw new TypeError('its output is read');
  createInterface({ input: child.stdout }).on('line', (line) => {
    const port = portOf(line);
    if (port !== undefined && !times.has(port)) times.set(port, timeOf(line));
  });
  return times;
}
