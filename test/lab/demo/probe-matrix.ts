import { FULL_KERNEL } from '../full-kernel.ts';
import type { Lab } from '../lab.ts';
import { fromOutside, probeAll, type Prober, type ProbeTarget } from '../probe.ts';
import type { LabTask } from '../tasks.ts';
import type { Cell, Outcome } from './cell.ts';
import { groupBy } from './group-by.ts';
import type { DemoService } from './voting-stacks.ts';

/** A connection to try: where it comes from, where it goes, and every address it could take. */
export interface Path {
  readonly from: string;
  readonly fromNode: string;
  readonly to: string;
  readonly toNode: string;
  readonly protocol: 'tcp' | 'udp';
  /** As it is dialled. */
  readonly port: number;
  /** As policies name it: the container's. */
  readonly targetPort: number;
  readonly addresses: readonly string[];
  /** Of whom one must answer. */
  readonly containers: readonly string[];
  readonly prober: Prober;
}

export type Expect = (path: Path) => Outcome;

const OUTSIDE = 'outside';
/** Where a virtual IP leads: any node. */
export const BALANCED = 'balanced';
/** Source tasks at work at once: more, and the machine is too busy to answer within the probes' limit. */
const WIDTH = 3;
/** In all 45 s: what two engines missed of each other's gossip they tell again every half a minute. */
const TRIES = 30;
/** A busy machine explains no more than these. */
const SOON = 6;

export interface ProbeProgress {
  readonly done: (done: number, all: number) => void;
  /** An allowed path that was answered only now. */
  readonly late?: (path: Path, tries: number) => void;
}

/**
 * Every task to every other task's listeners and to every other service's virtual IPs, and the outside host to every
 * published port of every node. `vips` by Swarm's name of the service.
 */
export function allPaths(
  lab: Lab,
  services: readonly DemoService[],
  tasks: readonly LabTask[],
  vips: ReadonlyMap<string, readonly string[]>,
): readonly Path[] {
  const known = new Map(services.map((service) => [service.swarmName, service]));
  const sites = tasks.flatMap((task) => {
    const service = known.get(task.service);
    return service === undefined ? [] : [{ task, service }];
  });
  const between = sites.flatMap((from) =>
    sites
      .filter((to) => to.task.id !== from.task.id)
      .flatMap((to) =>
        to.service.listeners.map(({ protocol, port }): Path => ({
          ...{ from: from.service.key, fromNode: from.task.node.name },
          ...{ to: to.service.key, toNode: to.task.node.name },
          ...{ protocol, port, targetPort: port },
          addresses: Object.values(to.task.addresses),
          ...{ containers: [to.task.container], prober: from.task.prober },
        })),
      ),
  );
  const containersOf = ({ swarmName }: DemoService): readonly string[] =>
    tasks.filter(({ service }) => service === swarmName).map(({ container }) => container);
  const balanced = sites.flatMap((from) =>
    services
      .filter((to) => to !== from.service && (vips.get(to.swarmName) ?? []).length > 0)
      .flatMap((to) =>
        to.listeners.map(({ protocol, port }): Path => ({
          ...{ from: from.service.key, fromNode: from.task.node.name },
          ...{ to: to.key, toNode: BALANCED },
          ...{ protocol, port, targetPort: port },
          addresses: [to.swarmName, ...(vips.get(to.swarmName) ?? [])],
          ...{ containers: containersOf(to), prober: from.task.prober },
        })),
      ),
  );
  const prober = fromOutside(lab.outside);
  const published = sites.flatMap(({ task, service }) =>
    service.published.map(({ port, target }): Path => ({
      ...{ from: OUTSIDE, fromNode: OUTSIDE, to: service.key, toNode: task.node.name },
      ...{ protocol: 'tcp', port, targetPort: target, addresses: [task.node.address] },
      // Through the routing mesh any task may answer at any node.
      ...{ containers: FULL_KERNEL ? containersOf(service) : [task.container], prober },
    })),
  );
  return [...between, ...balanced, ...published];
}

/** Probes all; a path that policy allows is tried again when it fails: a busy machine loses packets, too, and so does Docker. */
export async function probePaths(
  paths: readonly Path[],
  expect: Expect,
  progress: ProbeProgress,
): Promise<readonly Cell[]> {
  const outcomes = new Map<Path, Outcome>();
  const bySource = groupBy(paths, (path) => path.prober);
  const queue = [...bySource];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [prober, own] = next;
      for (const [path, outcome] of await probeSource(prober, own, expect, progress))
        outcomes.set(path, outcome);
      progress.done(outcomes.size, paths.length);
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, work));
  return paths.map((path) => {
    const { from, fromNode, to, toNode, port, protocol } = path;
    return {
      from,
      fromNode,
      to,
      toNode,
      port,
      protocol,
      expected: expect(path),
      observed: outcomes.get(path)!,
    };
  });
}

async function probeSource(
  prober: Prober,
  paths: readonly Path[],
  expect: Expect,
  { late }: ProbeProgress,
): Promise<ReadonlyMap<Path, Outcome>> {
  const outcomes = new Map<Path, Outcome>();
  let left = paths;
  for (let attempt = 0; attempt < TRIES && left.length > 0; attempt++) {
    const targets = left.flatMap((path) =>
      path.addresses.map((address) => ({ path, target: targetOf(path, address) })),
    );
    const answers = await probeAll(
      prober,
      targets.map(({ target }) => target),
    );
    for (const path of left) outcomes.set(path, 'denied');
    for (const [at, { path }] of targets.entries()) {
      const answer = answers[at];
      if (answer?.observed !== 'allowed') continue;
      if (!path.containers.some((container) => container.startsWith(answer.by ?? '?')))
        throw new Error(`${path.to} on ${path.toNode} was answered for by ${answer.by ?? 'nobody'}.`);
      outcomes.set(path, 'allowed');
      if (attempt >= SOON && expect(path) === 'allowed') late?.(path, attempt + 1);
    }
    left = left.filter((path) => expect(path) === 'allowed' && outcomes.get(path) === 'denied');
  }
  return outcomes;
}

function targetOf({ protocol, port }: Path, address: string): ProbeTarget {
  return { protocol, address, port };
}
