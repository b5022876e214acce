import type { FlowEnd, FlowRecord } from './flow-record.ts';

/** For people. Names are hostile text: whoever shows one cleans it. */
export function endName(end: FlowEnd): string {
  switch (end.kind) {
    case 'service':
      return end.service ?? end.address;
    case 'container':
      return end.service ?? (end.container === undefined ? end.address : `container ${end.container}`);
    case 'world':
    case 'node':
    case 'balancer':
      return `${end.kind} (${end.address})`;
    case 'unknown':
      return end.address;
  }
}

export function stackOf({ stack, service }: FlowEnd): string | undefined {
  return stack ?? service?.split('/', 1)[0];
}

/** `5432/tcp`, `icmp`. */
export function portName({ port, protocol }: Pick<FlowRecord, 'port' | 'protocol'>): string {
  return port === undefined ? protocol : `${String(port)}/${protocol}`;
}

/** `voting/db:5432/tcp`, `voting/db icmp`. */
export function targetName(flow: Pick<FlowRecord, 'destination' | 'port' | 'protocol'>): string {
  return `${endName(flow.destination)}${flow.port === undefined ? ' ' : ':'}${portName(flow)}`;
}
