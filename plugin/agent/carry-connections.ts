import type { NetworkInfo } from '../../rules/network-policy.ts';
import type { LocalPorts } from '../../rules/overlay/local-ports.ts';
import { trackConnections } from '../kernel/connections.ts';
import type { Namespace } from '../kernel/namespace.ts';
import type { Log } from '../log.ts';
import { INGRESS_SANDBOX, type NetnsFiles } from './netns-folder.ts';
import { findOpenConnections } from './open-connections.ts';
import type { Sandbox } from './sandboxes.ts';

export interface CarryOptions {
  readonly network: NetworkInfo;
  readonly overlay: Namespace;
  readonly ports: LocalPorts;
  readonly files: NetnsFiles;
  readonly sandboxes: readonly Sandbox[];
  readonly namespace: (file: string) => Namespace;
  readonly log: Log;
}

/**
 * Before a network's first rules: who opened what is open there is told to conntrack, which did not look until now and would
 * take the next to speak for who began. Whether it goes on is the policy's to say. What cannot be carried over goes on with
 * what its client sends next, so no fault of this keeps the rules back.
 */
export async function carryConnections(options: CarryOptions): Promise<void> {
  const { network, overlay, ports, files, sandboxes, log } = options;
  const balancer = network.ingress
    ? INGRESS_SANDBOX
    : files.loadBalancers.find(({ prefix }) => network.id.startsWith(prefix))?.file;
  try {
    const open = await findOpenConnections({
      ...{ overlay, ports, sandboxes },
      balancer: balancer === undefined ? undefined : options.namespace(balancer),
    });
    await trackConnections(overlay, open);
    if (open.length > 0)
      log.info(
        { network: network.name, connections: open.length },
        'open connections are judged as they began',
      );
  } catch (err) {
    log.warn({ network: network.name, err }, 'what is open goes on once its clients send');
  }
}
