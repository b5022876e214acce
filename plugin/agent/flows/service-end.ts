import type { ServiceKey } from '../../../compose-ext/policy-model.ts';
import type { FlowEnd } from '../../../rules/flows/flow-record.ts';

/** @param here of the one at that address, where it is on this node */
export function serviceEnd(
  address: string,
  service: ServiceKey,
  here?: Pick<FlowEnd, 'task' | 'container'>,
): FlowEnd {
  const slash = service.indexOf('/');
  return {
    kind: 'service',
    address,
    service,
    ...(slash > 0 && { stack: service.slice(0, slash) }),
    ...(here?.task !== undefined && { task: here.task }),
    ...(here?.container !== undefined && { container: here.container }),
  };
}
