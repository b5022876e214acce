import type { FlowEnd, FlowRecord } from '../../../../rules/flows/flow-record.ts';

export function serviceEnd(service: string, address = '10.0.1.5'): FlowEnd {
  return { kind: 'service', address, service, stack: service.split('/', 1)[0] ?? '' };
}

export const ATTACK: FlowRecord = {
  first: 1_700_000_000_000,
  last: 1_700_000_000_900,
  node: 'node1',
  network: 'voting_default',
  direction: 'local',
  source: serviceEnd('voting/attacker', '10.0.1.9'),
  destination: serviceEnd('voting/db', '10.0.1.5'),
  protocol: 'tcp',
  port: 5432,
  verdict: 'denied',
  mode: 'enforce',
  connections: 2,
  packets: 6,
  bytes: 360,
};

export function aFlow(changes: Partial<FlowRecord> = {}): FlowRecord {
  return { ...ATTACK, ...changes };
}
