import Dockerode from 'dockerode';
import { eventually } from './eventually.ts';
import type { Lab } from './lab.ts';
import type { LabNode } from './node.ts';
import { fromContainer, type Prober } from './probe.ts';

/** A running task, with what a test needs to send packets from it and to it. */
export interface LabTask {
  readonly id: string;
  /** Service's name as Swarm knows it: `voting_api`. */
  readonly service: string;
  readonly node: LabNode;
  readonly container: string;
  /** Network's name → its IPv4 address there. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly prober: Prober;
}

interface SwarmTask {
  readonly ID: string;
  readonly ServiceID: string;
  readonly NodeID: string;
  readonly DesiredState: string;
  readonly Status: { readonly State: string; readonly ContainerStatus?: { readonly ContainerID: string } };
  readonly NetworksAttachments?: readonly {
    readonly Network: { readonly Spec: { readonly Name: string } };
    readonly Addresses?: readonly string[];
  }[];
}

/** The running tasks of these services (all without any), sorted by service and node. */
export async function runningTasks(lab: Lab, services: readonly string[] = []): Promise<readonly LabTask[]> {
  const engine = new Dockerode({ socketPath: lab.manager.socketPath });
  const [tasks, all, nodes] = await Promise.all([
    engine.listTasks({ filters: { 'desired-state': ['running'] } }) as Promise<SwarmTask[]>,
    engine.listServices(),
    engine.listNodes() as Promise<{ ID: string; Description: { Hostname: string } }[]>,
  ]);
  const names = new Map(all.map((service) => [service.ID, service.Spec?.Name ?? '']));
  const hosts = new Map(nodes.map((node) => [node.ID, node.Description.Hostname]));
  return tasks
    .flatMap((task): LabTask[] => {
      const service = names.get(task.ServiceID);
      const host = hosts.get(task.NodeID);
      const container = task.Status.ContainerStatus?.ContainerID;
      if (service === undefined || host === undefined || !container || task.Status.State !== 'running')
        return [];
      if (services.length > 0 && !services.includes(service)) return [];
      const node = lab.node(host);
      const addresses = Object.fromEntries(
        (task.NetworksAttachments ?? []).flatMap(({ Network, Addresses }) =>
          Addresses?.[0] === undefined ? [] : [[Network.Spec.Name, Addresses[0].split('/')[0] ?? '']],
        ),
      );
      return [{ id: task.ID, service, node, container, addresses, prober: fromContainer(node, container) }];
    })
    .sort((a, b) => a.service.localeCompare(b.service) || a.node.name.localeCompare(b.node.name));
}

/**
 * Waits until every one of these services runs as many tasks as it should, and no other, and returns them. What a
 * global service should run is asked of the nodes: Swarm counts the tasks that it has made so far, none at first.
 */
export async function waitRunning(
  lab: Lab,
  services: readonly string[],
  timeout = 90_000,
): Promise<readonly LabTask[]> {
  const engine = new Dockerode({ socketPath: lab.manager.socketPath });
  return eventually(async () => {
    const nodes = (await engine.listNodes()) as {
      readonly Spec: { readonly Availability: string };
      readonly Status: { readonly State: string };
    }[];
    // One that is not ready yet, or lost its manager for a moment, will have its task.
    const eligible = nodes.filter(
      ({ Spec, Status }) => Spec.Availability === 'active' && Status.State !== 'down',
    ).length;
    const listed = (await engine.listServices({
      status: true,
    } as Dockerode.ServiceListOptions)) as (Dockerode.Service & {
      readonly Spec: {
        readonly Name: string;
        readonly Mode?: { readonly Global?: object };
        readonly TaskTemplate?: { readonly Placement?: { readonly Constraints?: readonly string[] } };
      };
      readonly ServiceStatus?: { readonly RunningTasks: number; readonly DesiredTasks: number };
      readonly UpdateStatus?: { readonly State?: string };
    })[];
    const tasks = await runningTasks(lab, services);
    for (const name of services) {
      const service = listed.find(({ Spec }) => Spec.Name === name);
      const status = service?.ServiceStatus;
      const running = tasks.filter((task) => task.service === name).length;
      if (status === undefined) throw new Error(`No service ${name}.`);
      if (service?.UpdateStatus?.State === 'updating') throw new Error(`${name} is being updated.`);
      const constrained = (service?.Spec.TaskTemplate?.Placement?.Constraints ?? []).length > 0;
      if (service?.Spec.Mode?.Global !== undefined && (constrained ? running === 0 : running !== eligible))
        throw new Error(
          `${name}: ${running} tasks of a global service run, with ${eligible} nodes for them.`,
        );
      if (running !== status.DesiredTasks || status.RunningTasks !== running)
        throw new Error(`${name}: ${running} of ${status.DesiredTasks} tasks run.`);
    }
    return tasks;
  }, timeout);
}
