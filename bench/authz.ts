import { Agent, request } from 'node:http';
import { createLab } from '../test/lab/lab.ts';
import { AuthzPlugin } from '../test/lab/authz-plugin.ts';
import { median } from './network/bench-network.ts';

/** Times in milliseconds at the median, of calls one after the other; `added` is with the plugin less without it. */
export interface AuthzReport {
  readonly engine: string;
  readonly pingMs: number;
  readonly pingAddedMs: number;
  readonly containersMs: number;
  readonly containersAddedMs: number;
  /** Of calls by clients all at once. */
  readonly calls: number;
  readonly errors: number;
  readonly callsPerSecond: number;
}

const PATHS = ['/_ping', '/v1.41/containers/json'] as const;
const ROUNDS = 5;
const CALLS = 300;
const CLIENTS = 10;
const CALLS_OF_ALL = 2_000;

/** One engine, asked with and without the plugin in turns, so that both see the machine in the same moods. */
export async function benchAuthz(progress: (what: string) => void): Promise<AuthzReport> {
  const lab = await createLab({ prefix: `bench-${process.pid}`, nodes: 1 });
  try {
    const plugin = new AuthzPlugin(lab.manager);
    await plugin.start();
    const { socketPath } = lab.manager;
    const added = new Map<string, number[]>(PATHS.map((path) => [path, []]));
    const guarded = new Map<string, number[]>(PATHS.map((path) => [path, []]));
    for (let round = 0; round < ROUNDS; round += 1) {
      progress(`authorization, round ${round + 1}`);
      await plugin.disable();
      const without = await medians(socketPath);
      await plugin.enable();
      const with_ = await medians(socketPath);
      for (const [at, path] of PATHS.entries()) {
        added.get(path)?.push((with_[at] ?? NaN) - (without[at] ?? NaN));
        guarded.get(path)?.push(with_[at] ?? NaN);
      }
    }
    const burst = await callFromAll(socketPath);
    const of = (values: ReadonlyMap<string, readonly number[]>, path: string): number =>
      round3(median(values.get(path) ?? []));
    return {
      engine: lab.engine,
      pingMs: of(guarded, PATHS[0]),
      pingAddedMs: of(added, PATHS[0]),
      containersMs: of(guarded, PATHS[1]),
      containersAddedMs: of(added, PATHS[1]),
      ...burst,
    };
  } finally {
    await lab.destroy();
  }
}

async function medians(socketPath: string): Promise<readonly number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times: number[][] = PATHS.map(() => []);
  for (let call = 0; call < CALLS; call += 1)
    for (const [at, path] of PATHS.entries()) {
      const start = performance.now();
      await ask(socketPath, agent, path);
      times[at]?.push(performance.now() - start);
    }
  agent.destroy();
  // What the first calls set up is not what a call costs.
  return times.map((each) => median(each.slice(CALLS / 10)));
}

async function callFromAll(
  socketPath: string,
): Promise<Pick<AuthzReport, 'calls' | 'errors' | 'callsPerSecond'>> {
  let errors = 0;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      for (let call = 0; call < CALLS_OF_ALL / CLIENTS; call += 1)
        try {
          const status = await ask(socketPath, agent, PATHS[call % PATHS.length] ?? PATHS[0]);
          if (status !== 200) errors += 1;
        } catch {
          errors += 1;
        }
      agent.destroy();
    }),
  );
  const seconds = (performance.now() - start) / 1_000;
  return { calls: CALLS_OF_ALL, errors, callsPerSecond: Math.round(CALLS_OF_ALL / seconds) };
}

function ask(socketPath: string, agent: Agent, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path, agent }, (response) => {
      response.resume();
      response.on('end', () => {
        resolve(response.statusCode ?? 0);
      });
      response.on('error', reject);
    })
      .on('error', reject)
      .end();
  });
}

const round3 = (value: number): number => Math.round(value * 1_000) / 1_000;
