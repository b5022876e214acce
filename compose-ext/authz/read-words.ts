import type { ObjectContext } from '../kubernetes/manifest.ts';
import { suggest } from '../nearest.ts';
import { get, itemsOf, textOf } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';
import { ANY, knowsVerb, RESOURCES, VERBS } from './words.ts';

/** Undefined: not written, which is not the same as an empty list. */
export function textsAt(tree: Tree, key: string): readonly string[] | undefined {
  const list = get(tree, key);
  return list?.kind === 'list' ? itemsOf(list).flatMap((item) => textOf(item) || []) : undefined;
}

/** The verbs and resources of one rule, each a known word; a verb that none of the resources knows says nothing. */
export function readWords(
  tree: Tree,
  context: ObjectContext,
): { readonly verbs: readonly string[] | undefined; readonly resources: readonly string[] | undefined } {
  const verbs = textsAt(tree, 'verbs');
  const resources = textsAt(tree, 'resources');
  const wrong = [
    ...unknownWords(get(tree, 'verbs'), isVerb, VERBS, 'verb', context),
    ...unknownWords(get(tree, 'resources'), isResource, [...RESOURCES, ...GROUPS], 'resource', context),
  ];
  if (wrong.length === 0 && verbs && resources) warnOfIdle(tree, verbs, resources, context);
  return { verbs, resources };
}

/** `containers/*`: every part of a container, and not the container itself. */
const GROUPS = [
  ...new Set(RESOURCES.flatMap((each) => (each.includes('/') ? `${each.split('/')[0] ?? ''}/*` : []))),
];

function isVerb(word: string): boolean {
  return word === ANY || VERBS.includes(word);
}

function isResource(word: string): boolean {
  return word === ANY || RESOURCES.includes(word) || GROUPS.includes(word);
}

function unknownWords(
  list: Tree | undefined,
  isKnown: (word: string) => boolean,
  known: readonly string[],
  what: 'verb' | 'resource',
  { source, report }: ObjectContext,
): readonly string[] {
  return itemsOf(list).flatMap((item) => {
    const word = textOf(item);
    // What is not text is the schema's to report.
    if (!word || isKnown(word)) return [];
    const hint = suggest(word, known, `Known ${what}s: ${known.join(', ')}.`);
    report.error(
      what === 'verb' ? 'unknown-verb' : 'unknown-resource',
      source.at(item.offset),
      `"${word}" is not a ${what} of the Docker API`,
      hint,
    );
    return [word];
  });
}

function warnOfIdle(
  tree: Tree,
  verbs: readonly string[],
  resources: readonly string[],
  { source, report }: ObjectContext,
): void {
  const meant = RESOURCES.filter((each) => resources.some((said) => isMeant(said, each)));
  for (const item of itemsOf(get(tree, 'verbs'))) {
    const verb = textOf(item) ?? '';
    if (verb === ANY || meant.some((resource) => knowsVerb(resource, verb))) continue;
    const knowing = RESOURCES.filter((resource) => knowsVerb(resource, verb));
    report.warn(
      'idle-verb',
      source.at(item.offset),
      `"${verb}" is nothing that one can do to ${resources.join(', ')}`,
      `It goes with: ${knowing.join(', ')}.`,
    );
  }
}

function isMeant(said: string, resource: string): boolean {
  return said === ANY || said === resource || (said.endsWith('/*') && resource.startsWith(said.slice(0, -1)));
}
