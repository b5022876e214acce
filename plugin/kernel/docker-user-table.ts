import {
  type EdgeCounters,
  parseEdgeCounters,
  parseObservedDockerUser,
} from '../../rules/docker-user/observe.ts';
import type { ObservedDockerUser } from '../../rules/docker-user/program.ts';
import { Fault } from '../fault.ts';
import type { IptablesVariant } from './iptables-variant.ts';
import type { Namespace } from './namespace.ts';

export interface DockerUserTable {
  readonly observed: ObservedDockerUser;
  readonly counters: EdgeCounters;
}

/** What the node's filter table, in one variant, and its ipsets hold of ours. */
export async function observeDockerUser(host: Namespace, variant: IptablesVariant): Promise<DockerUserTable> {
  const [filter, sets] = await Promise.all([
    host.run(`iptables-${variant}-save`, ['-c', '-t', 'filter']),
    saveSets(host),
  ]);
  return {
    observed: parseObservedDockerUser(filter.stdout, sets),
    counters: parseEdgeCounters(filter.stdout),
  };
}

async function saveSets(host: Namespace): Promise<string> {
  const { stdout } = await host.run('ipset', ['save']);
  return stdout;
}

/** Undefined where the variant is not installed. */
export async function observeIfInstalled(
  host: Namespace,
  variant: IptablesVariant,
): Promise<ObservedDockerUser | undefined> {
  try {
    return (await observeDockerUser(host, variant)).observed;
  } catch (error) {
    if (error instanceof Fault && error.code === 'process-missing') return undefined;
    throw error;
  }
}
