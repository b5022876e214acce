import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { lagOf } from '../../plugin/api/lag.ts';
import type { ControllerStatus } from '../../plugin/api/types.ts';
import { readCertificates } from '../../plugin/tls/certificates.ts';
import { TestCa } from '../../test/unit/plugin/certificates.ts';
import { percentile } from '../percentile.ts';
import { makeCluster, networksOn, nodeId } from './cluster.ts';
import { serveEngine } from './engine-server.ts';
import { simulateAgent, type SimulatedAgent } from './simulated-agent.ts';

/** One controller, its engine and its agents on this machine. Milliseconds from the engine's event. */
export interface AgentsReport {
  readonly agents: number;
  readonly tasks: number;
  readonly changes: number;
  /** Until every agent has the change. */
  readonly toldMedianMs: number;
  readonly toldP99Ms: number;
  /** Until the controller's status shows each of them acknowledged. */
  readonly acknowledgedMedianMs: number;
  readonly acknowledgedP99Ms: number;
  readonly controllerPeakMiB: number;
}

const CLUSTER = 'cluster0000000000000000000';
const PROGRAM = join(dirname(dirname(import.meta.dirname)), 'dist/swarmwall.cjs');
/** Handshakes under way at once: a controller takes 256. */
const DIALS = 50;

/** @throws when an agent does not get a change within a minute */
export async function benchAgents(
  { agents: count, changes }: { readonly agents: number; readonly changes: number },
  progress: (what: string) => void,
): Promise<AgentsReport> {
  const folder = mkdtempSync(join(tmpdir(), 'swarmwall-agents-'));
  const ca = new TestCa();
  const closers: (() => Promise<void> | void)[] = [];
  try {
    const subject = (at: number): string =>
      `/O=${CLUSTER}/OU=swarm-${at === 0 ? 'manager' : 'worker'}/CN=${nodeId(at)}`;
    const labels = (change: number): Readonly<Record<string, string>> => ({
      'swarmwall.ingress': `collector:${String(9000 + (change % 2))}`,
    });
    let cluster = makeCluster(count, labels(0));
    const folders = Array.from({ length: count }, (_, at) => {
      if (at % 100 === 0) progress(`certificates ${String(at)} of ${String(count)}`);
      return ca.issue(`node${String(at)}`, subject(at));
    });
    const socketPath = join(folder, 'docker.sock');
    const engine = await serveEngine(socketPath, { node: nodeId(0), cluster: CLUSTER }, cluster);
    closers.push(() => engine.close());
    const port = await freePort();
    const controller = spawn(process.execPath, [PROGRAM, 'controller', '--log-level', 'error'], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        SWARMWALL_DOCKER_SOCKET: socketPath,
        SWARMWALL_SOCKET_DIR: folder,
        SWARMWALL_CERTIFICATES: folders[0]!,
        SWARMWALL_CONTROLLER_PORT: String(port),
        SWARMWALL_CONTROLLER_ADDRESS: '127.0.0.1',
      },
    });
    closers.push(
      () =>
        new Promise((resolve) => {
          controller.once('close', () => {
            resolve();
          });
          controller.kill('SIGTERM');
        }),
    );
    const status = (): Promise<ControllerStatus> => ask(join(folder, 'controller.sock'));
    await until(async () => (await status()).state === 'serving');

    const has = new Map<number, number>();
    let onPolicy: () => void = () => undefined;
    const dial = async (at: number): Promise<SimulatedAgent> =>
      simulateAgent({
        certificates: await readCertificates(folders[at]!),
        port,
        localAddress: `127.1.${String(at >> 8)}.${String(at & 255)}`,
        hostname: `host${String(at)}`,
        networks: networksOn(at, cluster),
        onPolicy: (revision) => {
          has.set(at, revision);
          onPolicy();
        },
      });
    for (let at = 0; at < count; at += DIALS) {
      progress(`agents ${String(at)} of ${String(count)}`);
      const next = Array.from({ length: Math.min(DIALS, count - at) }, (_, index) => dial(at + index));
      for (const agent of await Promise.all(next)) closers.push(agent.close);
    }
    await until(async () => allAcknowledged(await status(), count));

    const told: number[] = [];
    const acknowledged: number[] = [];
    for (let change = 1; change <= changes; change += 1) {
      progress(`change ${String(change)} of ${String(changes)}`);
      const { revision } = await status();
      const everybody = new Promise<void>((resolve, reject) => {
        const limit = setTimeout(() => {
          reject(new Error('an agent was not told within a minute'));
        }, 60_000);
        let missing = count;
        const seen = new Set<number>();
        onPolicy = () => {
          for (const [at, held] of has)
            if (held > revision && !seen.has(at)) {
              seen.add(at);
              missing -= 1;
            }
          has.clear();
          if (missing > 0) return;
          clearTimeout(limit);
          resolve();
        };
      });
      has.clear();
      cluster = makeCluster(count, labels(change));
      const begun = performance.now();
      engine.change(cluster, 'agents-collector');
      await everybody;
      told.push(performance.now() - begun);
      await until(async () => {
        const now = await status();
        return now.revision > revision && allAcknowledged(now, count);
      }, 5);
      acknowledged.push(performance.now() - begun);
      // What the controller looks at again after an event is over by then.
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${String(controller.pid)}/status`, 'utf8'));
    return {
      agents: count,
      tasks: cluster.tasks.length,
      changes,
      toldMedianMs: Math.round(percentile(told, 50)),
      toldP99Ms: Math.round(percentile(told, 99)),
      acknowledgedMedianMs: Math.round(percentile(acknowledged, 50)),
      acknowledgedP99Ms: Math.round(percentile(acknowledged, 99)),
      controllerPeakMiB: Math.round(Number(peak?.[1]) / 1024),
    };
  } finally {
    for (const close of closers.reverse()) await close();
    ca.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

function allAcknowledged({ nodes }: ControllerStatus, count: number): boolean {
  return nodes.filter((node) => node.subscribed && lagOf(node) === undefined).length === count;
}

async function until(holds: () => Promise<boolean>, pause = 100): Promise<void> {
  const end = Date.now() + 120_000;
  for (;;) {
    const held = await holds().catch((error: unknown) => {
      if (Date.now() > end) throw error;
      return false;
    });
    if (held) return;
    if (Date.now() > end) throw new Error('not within two minutes');
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

function ask(socketPath: string): Promise<ControllerStatus> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path: '/v1/status' }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.once('end', () => {
        resolve(JSON.parse(text) as ControllerStatus);
      });
    });
    asked.once('error', reject);
    asked.end();
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
}
