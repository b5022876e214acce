import type { FlowEnd, FlowRecord } from '../../../../rules/flows/flow-record.ts';

export const START = 1_790_000_000_000;

export function service(name: string, address = `10.0.0.${1 + (name.length % 200)}`): FlowEnd {
  return { kind: 'service', service: name, stack: name.split('/')[0]!, address };
}

export function world(address = '203.0.113.9'): FlowEnd {
  return { kind: 'world', address };
}

/** One flow, allowed unless told otherwise. */
export function flow(
  source: FlowEnd,
  destination: FlowEnd,
  port: number,
  at: number,
  more: Partial<FlowRecord> = {},
): FlowRecord {
  return {
    ...{ first: at, last: at, node: 'node1', network: 'front', direction: 'egress' },
    ...{ source, destination, protocol: 'tcp', port, verdict: 'allowed', mode: 'enforce' },
    ...{ connections: 1, packets: 1, bytes: 60 },
    ...more,
  };
}
