import { targetName } from '../flows/flow-names.ts';
import type { FlowEnd, FlowRecord } from '../flows/flow-record.ts';

/** The service, else the container, else the address. */
export function endName(end: FlowEnd): string {
  return end.service ?? end.container ?? end.address;
}

/** As a peer that one can know: the world is one, whatever its address. */
export function peerName(end: FlowEnd): string {
  return end.kind === 'world' || end.kind === 'node' || end.kind === 'unknown' ? end.kind : endName(end);
}

/** `denied → voting/db:5432/tcp` */
export function sample(record: FlowRecord): string {
  return `${record.verdict} → ${targetName(record)}`;
}

/** It did not pass, or would not have. */
export function isRefused({ verdict }: FlowRecord): boolean {
  return verdict !== 'allowed';
}

/** How often it was refused: what does not pass begins no connection, and each packet of it is a try. */
export function refusals({ verdict, connections, packets }: FlowRecord): number {
  if (verdict === 'allowed') return 0;
  return verdict === 'would-deny' ? connections : packets;
}

/** Of several names; none of Docker's has a line's end in it. */
export function keyOf(...names: readonly string[]): string {
  return names.join('\n');
}

export function namesOf(key: string): readonly string[] {
  return key.split('\n');
}
