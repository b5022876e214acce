import type { ApiRequest, JsonObject } from '../api-request.ts';
import type { ServiceFact } from '../surroundings.ts';
import { changedKeys, labelsAt, type Labels } from './read-labels.ts';
import type { Need } from './need.ts';
import { LABEL_PREFIX, PROJECT_LABEL, STACK_LABEL } from './own-names.ts';

const DOCKERS = 'com.docker.';
const COMPOSES = 'com.docker.compose.';
const SWARMS = 'com.docker.swarm.';

/**
 * A plain container: Docker's own labels say what Swarm runs, so they are forged there; Compose writes its own through the
 * API like everybody, and a project's policies as well.
 */
export function containerLabelNeeds({ body }: ApiRequest): readonly Need[] {
  const labels = labelsAt(body);
  const project = labels.get(PROJECT_LABEL);
  return [...labels.keys()].flatMap((key): Need[] => {
    if (key.startsWith(DOCKERS) && !key.startsWith(COMPOSES)) return [forged(`Labels["${key}"]`)];
    if (!key.startsWith(LABEL_PREFIX)) return [];
    return [project === undefined ? forged(`Labels["${key}"]`) : policyChange(`Labels["${key}"]`, project)];
  });
}

function forged(field: string): Need {
  return { code: 'label', message: `${field}: only the engine itself, or a policy, sets such a label` };
}

function policyChange(field: string, stack: string | undefined): Need {
  return {
    code: 'label',
    message: `${field}: changes a network policy`,
    question: { verb: 'update', resource: 'policies', ...(stack !== undefined && { stack }) },
  };
}

const PLACES = [[], ['TaskTemplate', 'ContainerSpec']] as const;

/** A service: what its labels say of policies may stay as it is, in whatever stack it is and will be. */
export function serviceLabelNeeds(
  spec: JsonObject | undefined,
  current: ServiceFact | undefined,
): readonly Need[] {
  const before = current?.spec as JsonObject | undefined;
  const stacks = new Set([labelsAt(spec).get(STACK_LABEL), ...(before ? [stackOf(before)] : [])]);
  return PLACES.flatMap((path) => {
    const [was, willBe] = [labelsAt(before, ...path), labelsAt(spec, ...path)];
    const field = (key: string) => [...path, `Labels["${key}"]`].join('.');
    return [
      ...[...willBe.keys()].filter((key) => key.startsWith(SWARMS)).map((key) => forged(field(key))),
      ...changedKeys(own(was), own(willBe)).flatMap((key) =>
        [...stacks].map((stack) => policyChange(field(key), stack)),
      ),
    ];
  });
}

function stackOf(spec: JsonObject): string | undefined {
  return labelsAt(spec).get(STACK_LABEL);
}

function own(labels: Labels): Labels {
  return new Map([...labels].filter(([key]) => key.startsWith(LABEL_PREFIX)));
}
