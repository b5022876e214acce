import type { ServiceKey, ServiceModel, StackModel } from '../../policy-model.ts';
import type { Report } from '../../report.ts';
import { assignNames, type NameForm } from '../export/kubernetes-names.ts';

/** Docker's limit for a name on the network, and a Swarm service is called STACK_SERVICE. */
const LONGEST = 63;
/** A stack's name may leave next to nothing: then the service keeps this much, and deploying it says no. */
const SHORTEST = 12;

/** Names that Swarm takes: no dots, and not too long beside the stack's. Policies mean labels, so none is lost. */
export function assignServiceNames(
  { name, services }: StackModel,
  report: Report,
): ReadonlyMap<ServiceKey, string> {
  const max = Math.max(LONGEST - name.length - 1, SHORTEST);
  const form: NameForm = {
    fit: (text) =>
      text
        .toLowerCase()
        .replace(/[^a-z0-9-]/gu, '-')
        .replace(/^-+|-+$/gu, ''),
    max,
    otherwise: 'service',
  };
  const assigned = assignNames(
    services.map((service) => service.name),
    form,
  );
  for (const service of services) noteName(service, assigned.get(service.name), report);
  return new Map([...assigned].map(([own, given]) => [`${name}/${own}`, given]));
}

function noteName({ stack, name, origin }: ServiceModel, given: string | undefined, report: Report): void {
  if (given === undefined || given === name) return;
  const message = `Swarm takes no service called "${name}" in stack "${stack}"; it becomes "${given}"`;
  report.warn('name-fitted', origin, message, 'Who reaches it by name has to use the new one.');
}
