import { GATEWAY_BRIDGE } from '../docker-user/names.ts';
import { endName, portName } from './flow-names.ts';
import type { FlowReason, FlowRecord } from './flow-record.ts';

type Ends = Pick<FlowRecord, 'source' | 'destination'>;

/** By IPv6 beyond the overlays, where no rule about addresses opens anything. */
export function isIpv6Edge({ source, destination, network }: Ends & { readonly network?: string }): boolean {
  const ends = [source, destination];
  if (!ends.some(({ address }) => address.includes(':'))) return false;
  return network === GATEWAY_BRIDGE || ends.some(({ kind }) => kind === 'world' || kind === 'node');
}

const WHY = 'there rules about addresses are for IPv4 alone (docs/protocols.md, IPv6)';

/** Whatever rules say of the two ends. */
export function ipv6Reason(
  flow: Ends & Pick<FlowRecord, 'network' | 'protocol' | 'port' | 'verdict'>,
): FlowReason | undefined {
  const { source, destination, network, verdict } = flow;
  if ((verdict !== 'denied' && verdict !== 'would-deny') || !isIpv6Edge(flow)) return undefined;
  const is = verdict === 'denied' ? 'is' : 'would be';
  const [from, to] = [endName(source), endName(destination)];
  if (destination.service === undefined)
    return { policy: from, text: `by IPv6 the way of ${from} out of its networks ${is} closed: ${WHY}` };
  if (source.service !== undefined)
    return { policy: to, text: `by IPv6 ${network} ${is} no way from ${from} to ${to}: ${WHY}` };
  const open = 'all of the world may reach a port or nobody';
  return { policy: to, text: `by IPv6 ${portName(flow)} of ${to} ${is} closed: ${open}, as ${WHY}` };
}
