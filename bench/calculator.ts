import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Calculator, createCalculator } from '../rules/calculator.ts';
import type { ClusterService } from '../rules/network-policy.ts';
import { type BenchCluster, createBenchCluster } from './calculator-cluster.ts';

const WHOLE_RUNS = 5;
const CHANGES = 300;
const MEBI = 1024 * 1024;

/** Times in milliseconds. Every `…Ms` is a median, every `…WorstMs` the slowest of the run. */
export interface CalculatorReport {
  readonly services: number;
  readonly endpoints: number;
  readonly policies: number;
  readonly networks: number;
  readonly allows: number;
  /** From an empty calculator to every network's policy. */
  readonly wholeMs: number;
  readonly wholeWorstMs: number;
  /** Held after collection by one calculator, its policies and the cluster that it was given. */
  readonly heapMiB: number;
  /** The process's peak, over all the runs. */
  readonly rssMiB: number;
  /** One task of a running service starts on a network of 1,000 endpoints. */
  readonly endpointChangeMs: number;
  readonly endpointChangeWorstMs: number;
  /** One service's policy changes: another peer and another port. */
  readonly policyChangeMs: number;
  readonly policyChangeWorstMs: number;
  /** One service's label changes: who else's rules mean it changes with it. */
  readonly labelChangeMs: number;
  readonly labelChangeWorstMs: number;
}

/** In a process of its own, so that memory is the calculator's and nothing else's. */
export async function benchCalculator(): Promise<CalculatorReport> {
  const file = fileURLToPath(import.meta.url);
  const args = ['--expose-gc', '--import', 'tsx', file, '--child'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: MEBI });
  return JSON.parse(stdout) as CalculatorReport;
}

function measure(): CalculatorReport {
  const cluster = createBenchCluster();
  const whole: number[] = [];
  let calculator = createCalculator();
  for (let run = 0; run < WHOLE_RUNS; run += 1) {
    calculator = createCalculator();
    globalThis.gc?.();
    whole.push(timed(() => (calculator.apply(cluster.changes), calculator.networks())));
  }
  globalThis.gc?.();
  const heapMiB = Math.round(process.memoryUsage().heapUsed / MEBI);
  const allows = [...calculator.networks().values()].map((policy) => Object.keys(policy.allows).length);
  return {
    ...cluster.counts,
    allows: allows.reduce((a, b) => a + b, 0),
    ...summary('whole', whole),
    ...summary('endpointChange', endpointChanges(calculator, cluster)),
    ...summary('policyChange', serviceChanges(calculator, cluster, withPolicy)),
    ...summary('labelChange', serviceChanges(calculator, cluster, withLabel)),
    heapMiB,
    // In KiB.
    rssMiB: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

function endpointChanges(calculator: Calculator, { largeNetwork, onLargeNetwork }: BenchCluster): number[] {
  return Array.from({ length: CHANGES }, (_, index) => {
    const service = onLargeNetwork[index % onLargeNetwork.length]!.key;
    const address = `10.200.${index >> 8}.${index & 255}`;
    const endpoint = { network: largeNetwork, address, owner: { kind: 'service' as const, service } };
    return timed(() => {
      const { networks } = calculator.apply([{ kind: 'endpoint', endpoint }]);
      expectOneElement(networks[0]);
    });
  });
}

function serviceChanges(
  calculator: Calculator,
  { onLargeNetwork }: BenchCluster,
  changed: (service: ClusterService, index: number) => ClusterService,
): number[] {
  let effective = 0;
  const times = Array.from({ length: CHANGES }, (_, index) => {
    const service = changed(onLargeNetwork[index % onLargeNetwork.length]!, index);
    return timed(() => {
      if (calculator.apply([{ kind: 'service', service }]).networks.length > 0) effective += 1;
    });
  });
  if (effective < CHANGES / 2) throw new Error(`only ${effective} changes changed anything`);
  return times;
}

function withPolicy(service: ClusterService, index: number): ClusterService {
  const policies = service.policies.map((policy) => ({
    ...policy,
    ingress: policy.ingress.map((rule) => ({
      ...rule,
      peers: [{ kind: 'selector' as const, services: { matchLabels: {}, matchExpressions: [] } }],
      ports: [{ protocol: 'tcp' as const, port: 20_000 + index }],
    })),
  }));
  return { ...service, policies };
}

/** Another tier and role, which others' rules ask for; its policy is as it was. */
function withLabel(service: ClusterService, index: number): ClusterService {
  const { tier, role } = service.labels;
  const swapped = {
    tier: tier === 'front' ? 'back' : 'front',
    role: role === 'scraper' ? 'worker' : 'scraper',
  };
  return { ...service, labels: { ...service.labels, ...swapped, visit: String(index) } };
}

function expectOneElement(delta: object | undefined): void {
  const told = JSON.stringify(delta);
  if (!delta || !told.includes('endpoints') || told.includes('allows') || told.includes('services'))
    throw new Error(`a task's start told ${told}`);
}

function timed(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function summary<Name extends string>(name: Name, times: readonly number[]) {
  const sorted = times.toSorted((a, b) => a - b);
  const round = (value = 0) => Math.round(value * 1000) / 1000;
  return {
    [`${name}Ms`]: round(sorted[Math.floor(sorted.length / 2)]),
    [`${name}WorstMs`]: round(sorted.at(-1)),
  } as Record<`${Name}Ms` | `${Name}WorstMs`, number>;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const report = process.argv.includes('--child') ? measure() : await benchCalculator();
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
}
