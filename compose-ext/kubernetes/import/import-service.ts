import type { Plain } from '../../emit/node-building.ts';
import { formatPortMatch, isPortName } from '../../syntax/port-match.ts';
import type { Labels, ServiceModel, ServicePort } from '../../policy-model.ts';
import type { Report } from '../../report.ts';
import type { WorkloadDetail } from '../manifest.ts';
import { plainPort } from './extension-policy.ts';

/** Keys that Swarmwall reads on a service: on a workload they mean nothing, on a Compose service they would. */
const OURS = /^swarmwall(?:\.|$)/iu;

/** One service of a Compose file; what it leaves out is in the report. */
export function importService(
  service: ServiceModel,
  detail: WorkloadDetail | undefined,
  report: Report,
): { readonly [key: string]: Plain } {
  const { named, plain } = divide(service, report);
  const deploy = { ...deployment(service, detail, report), ...labelsOf(service, report) };
  const [main, ...others] = detail?.containers ?? [];
  if (others.length > 0) {
    const message = `${service.stack}/${service.name} has ${others.length + 1} containers, a Compose service one: "${main?.name ?? ''}"; the ports are those of all`;
    report.warn(
      'not-imported',
      service.origin,
      message,
      'Give each other container a service, or build one image.',
    );
  }
  return {
    ...(main?.image && { image: main.image }),
    ...(detail?.hostNetwork && { network_mode: 'host' }),
    ...(plain.length > 0 && { expose: plain }),
    ...(Object.keys(deploy).length > 0 && { deploy }),
    ...(named.length > 0 && { 'x-swarmwall': { ports: named } }),
  };
}

/**
 * A port that has a name somewhere is written with it alone: exposed as well it would take the name in another place, and
 * of ports with one name the first is the one that a question by that name means.
 */
function divide({ name: service, ports, origin }: ServiceModel, report: Report) {
  const named: Plain[] = [];
  const plain = new Set<string>();
  const exposed = ({ protocol, target }: ServicePort) => {
    const isNamed = (each: ServicePort) =>
      each.protocol === protocol &&
      each.target === target &&
      each.name !== undefined &&
      isPortName(each.name);
    if (!ports.some(isNamed)) plain.add(formatPortMatch({ protocol, port: target }));
  };
  for (const port of ports) {
    const { name, protocol, target } = port;
    if (name === undefined) exposed(port);
    else if (isPortName(name)) named.push({ name, ...plainPort({ protocol, port: target }) });
    else {
      exposed(port);
      const message = `"${name}" of ${service} is not a port name; the port has none now`;
      report.warn('invalid-ports', origin, message, 'No policy can mean it by that name.');
    }
  }
  return { named, plain: [...plain] };
}

function labelsOf(
  { labels, stack, name, origin }: ServiceModel,
  report: Report,
): { readonly labels?: Labels } {
  for (const key of Object.keys(labels).filter((each) => OURS.test(each))) {
    const message = `the label ${key} of ${stack}/${name} would be taken for one of Swarmwall's`;
    report.error('reserved-label', origin, message, 'Use another label.');
  }
  return Object.keys(labels).length === 0 ? {} : { labels };
}

function deployment(
  { stack, name, origin }: ServiceModel,
  detail: WorkloadDetail | undefined,
  report: Report,
): { readonly [key: string]: Plain } {
  const kind = detail?.kind ?? '';
  switch (kind) {
    case 'DaemonSet':
      return { mode: 'global' };
    case 'Job':
      return { mode: 'replicated-job' };
    case 'CronJob': {
      const message = `${stack}/${name} runs on a schedule, which Compose has no word for`;
      report.warn('not-imported', origin, message, 'It would run once when the stack is deployed.');
      return { mode: 'replicated-job' };
    }
    default:
      return detail?.replicas === undefined ? {} : { replicas: detail.replicas };
  }
}
