import { GATEWAY_BRIDGE } from '../docker-user/names.ts';
import { endName, portName } from './flow-names.ts';
import type { FlowReason, FlowRecord } from './flow-record.ts';

/** What DOCKER-USER denies whatever policies say. */
export function edgeReason({
  ...flow
}: Pick<FlowRecord, 'source' | 'destination' | 'protocol' | 'port' | 'network' | 'verdict'>):
  FlowReason | undefined {
  const { source, destination, network, verdict } = flow;
  if (network !== GATEWAY_BRIDGE || verdict === 'allowed') return undefined;
  const policy = endName(destination);
  if (destination.kind === 'node' && destination.address.startsWith('127.'))
    return { policy, text: `nobody on ${network} reaches the node's own loopback addresses` };
  if (source.service === undefined || destination.service === undefined) return undefined;
  return { policy, text: `${portName(flow)} of ${policy} is not published, so ${network} is no way to it` };
}
