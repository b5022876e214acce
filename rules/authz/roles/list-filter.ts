import type { ApiRequest } from '../api-request.ts';
import { stackLabelsOf } from './stack-labels.ts';

const FILTERED = ['containers', 'networks', 'volumes', 'services', 'tasks', 'secrets', 'configs'];

/**
 * The one stack that the engine itself narrows a list to. An authorization plugin cannot take lines out of an answer,
 * but `docker stack deploy` and `docker compose` ask with `filters={"label":{"com.docker.stack.namespace=shop":true}}`,
 * and of several labels each must match. Anything that is not written as those tools write it counts as no filter.
 */
export function stackOfList({ operation, query }: ApiRequest): string | undefined {
  const { resource, verb } = operation;
  if (verb !== 'list' || !FILTERED.includes(resource)) return undefined;
  const given = query.get('filters') ?? [];
  const [text] = given;
  if (given.length !== 1 || text === undefined) return undefined;
  const wanted = labelsWanted(text);
  const found = stackLabelsOf(resource).flatMap((label) =>
    wanted.flatMap((each) => (each.startsWith(`${label}=`) ? each.slice(label.length + 1) : [])),
  );
  const [stack] = found;
  // Of two values for one label, Swarm takes either.
  return found.length === 1 && stack !== '' ? stack : undefined;
}

function labelsWanted(text: string): readonly string[] {
  let filters: unknown;
  try {
    filters = JSON.parse(text);
  } catch {
    return [];
  }
  // Written otherwise (spaces, escapes, a key twice) it may be read otherwise.
  if (JSON.stringify(filters) !== text || !isRecord(filters)) return [];
  const labels = Object.hasOwn(filters, 'label') ? filters['label'] : undefined;
  if (Array.isArray(labels)) return labels.every((each) => typeof each === 'string') ? labels : [];
  if (!isRecord(labels)) return [];
  return Object.values(labels).every((each) => each === true) ? Object.keys(labels) : [];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
