import type { FlowEnd, FlowQuery, FlowRecord } from './flow-record.ts';

/** Whether a record is one that was asked for; how many are asked for is not looked at. */
export function matchesFlow(query: FlowQuery, record: FlowRecord): boolean {
  const { from, to, port, protocol, verdicts, stack, service, node, since, until } = query;
  const { source, destination } = record;
  return (
    (from === undefined || isNamed(source, from)) &&
    (to === undefined || isNamed(destination, to)) &&
    (port === undefined || record.port === port) &&
    (protocol === undefined || record.protocol === protocol) &&
    (verdicts === undefined || verdicts.includes(record.verdict)) &&
    (stack === undefined || source.stack === stack || destination.stack === stack) &&
    (service === undefined || source.service === service || destination.service === service) &&
    (node === undefined || record.node === node) &&
    (since === undefined || record.last >= since) &&
    (until === undefined || record.first <= until)
  );
}

/** By an address, a stack, a service as people write it (`stack/service`) or as Swarm has it (`stack_service`), a task, a container. */
function isNamed({ address, service, stack, task, container }: FlowEnd, name: string): boolean {
  if ([address, service, stack, task, container].includes(name)) return true;
  return service !== undefined && stack !== undefined && service.replace('/', '_') === name;
}
