import type { Isolation, Policy, StackModel } from '../../compose-ext/index.ts';
import { joinServices } from '../controller/join-services.ts';
import { isOverlay, SEGMENT_LABEL, toNetworkInfo } from '../docker/network-mapper.ts';
import { toServiceRecord } from '../docker/service-mapper.ts';
import { attachments } from './plan-deploy.ts';
import type { FullNetwork, FullService } from './swarm.ts';

/** The labels say it no longer; the networks of the other stack were planned when it was deployed. */
const ISOLATION: Isolation = 'strict';

/**
 * The stacks that run, as their labels say, so that what lies between them and a new one can be planned.
 * Labels that cannot be read allow nothing.
 */
export function liveStacks(
  services: readonly FullService[],
  networks: readonly FullNetwork[],
): readonly StackModel[] {
  const records = services.map(toServiceRecord);
  const joined = joinServices(records);
  return [...joined.stacks.values()].map((stack) => {
    const members = [...joined.services.values()].filter((service) => service.stack === stack.name);
    const own = services.filter((_, at) => records[at]?.stack === stack.name);
    const file = members.flatMap(({ policies }) => policies).find(({ origin }) => origin.file)?.origin.file;
    const origin = { file: file ?? `stack ${stack.name}`, line: 1, column: 1 };
    return {
      name: stack.name,
      labels: stack.labels,
      annotated: stack.annotated,
      defaults: stack.defaults,
      mode: stack.mode,
      encrypted: isEncrypted(own, networks),
      isolation: ISOLATION,
      services: members.map(({ name, labels, ports }) => ({
        stack: stack.name,
        name,
        labels,
        ports,
        origin,
      })),
      policies: members.flatMap(({ policies }): readonly Policy[] => policies),
      origin,
    };
  });
}

/** What a stack asked for shows in its networks: encrypted, unless it has segments and none of them is. */
function isEncrypted(services: readonly FullService[], networks: readonly FullNetwork[]): boolean {
  const targets = new Set(services.flatMap((service) => attachments(service).map(({ Target }) => Target)));
  const segments = networks.filter(
    (network) =>
      isOverlay(network) &&
      network.Labels?.[SEGMENT_LABEL] !== undefined &&
      (targets.has(network.Id) || targets.has(network.Name)),
  );
  return segments.length === 0 || segments.some((network) => toNetworkInfo(network).encrypted);
}
