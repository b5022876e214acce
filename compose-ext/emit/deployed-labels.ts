import { formatLimit } from '../label/limit-label.ts';
import { loadCompose, type LoadOptions } from '../load/load-compose.ts';
import type { ComposeService } from '../load/compose-file.ts';
import type { Labels } from '../policy-model.ts';

/** What `docker stack deploy` makes of a text that `compile` wrote: of each service its swarmwall labels. */
export function deployedLabels(compiled: string, options: LoadOptions): ReadonlyMap<string, Labels> {
  const { file } = loadCompose(compiled, options);
  return new Map(file.services.map((service) => [service.name, labelsOf(service)]));
}

function labelsOf({ annotations, compiled, limit, mode }: ComposeService): Labels {
  const { ingress, egress } = annotations;
  return {
    ...(compiled !== undefined && { 'swarmwall.compiled': compiled }),
    ...(egress && { 'swarmwall.egress': egress.text }),
    ...(ingress && { 'swarmwall.ingress': ingress.text }),
    ...(limit && { 'swarmwall.limit': formatLimit(limit) }),
    ...(mode && { 'swarmwall.mode': mode }),
  };
}
