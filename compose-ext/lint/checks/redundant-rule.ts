import type { ComposeFile } from '../../load/compose-file.ts';
import type { Policy, PolicyRule } from '../../policy-model.ts';
import { ruleCovers, selectorCovers } from '../covers.ts';
import { labelWords, removeWord, type LabelWord } from '../label-words.ts';
import type { LintContext, PlacedRule } from '../lint-context.ts';
import type { Finding, Fix, LintRule } from '../lint-rule.ts';

/** A hostile file may hold thousands of entries; what is left uncompared is not reported. */
const MAX_COMPARISONS = 300_000;

export const redundantRule: LintRule = {
  id: 'redundant-rule',
  severity: 'warning',
  scope: 'stack',
  summary: 'a rule adds nothing: another one allows all of it already',
  *check(file, context) {
    const words = new Map(labelWords(file).map((word) => [wordKey(word.service, word), word]));
    for (const { redundant, by } of findRedundant(context.rulesOf(file.stack), file, context)) {
      const word = wordOf(redundant, words);
      const what = word ? `"${word.text}"` : `this ${redundant.direction} rule of "${redundant.policy.name}"`;
      const fix = word && removal(word, redundant, by, file, context);
      yield {
        at: redundant.rule.origin,
        within: redundant.policy.origin,
        message: `${what} adds nothing: "${by.policy.name}" allows it already, at line ${by.rule.origin.line}`,
        hint: 'Remove it, or narrow the other one.',
        ...(fix ? { fix } : {}),
      } satisfies Finding;
    }
  },
};

/** From the last to the first, so that of two that say the same the earlier one stays. */
function findRedundant(
  rules: readonly PlacedRule[],
  { stack }: ComposeFile,
  context: LintContext,
): { readonly redundant: PlacedRule; readonly by: PlacedRule }[] {
  const gone = new Set<PlacedRule>();
  const candidates = groupByTarget(rules);
  let comparisons = 0;
  return [...rules].reverse().flatMap((redundant) => {
    const by = candidates(redundant).find(
      (other) =>
        ++comparisons < MAX_COMPARISONS &&
        other !== redundant &&
        other.direction === redundant.direction &&
        !gone.has(other) &&
        ruleCovers(other.rule, redundant.rule, stack, context.service) &&
        targetCovers(other, redundant.policy),
    );
    if (by === undefined) return [];
    gone.add(redundant);
    return [{ redundant, by }];
  });
}

/** What could be about all that a rule is about: a selector's services may be more tomorrow. */
function groupByTarget(rules: readonly PlacedRule[]): (rule: PlacedRule) => readonly PlacedRule[] {
  const ofSelectors = rules.filter(({ policy }) => policy.target.kind === 'selector');
  const ofService = new Map<string, PlacedRule[]>();
  for (const rule of rules)
    for (const { name } of rule.targets) {
      const known = ofService.get(name);
      if (known) known.push(rule);
      else ofService.set(name, [rule]);
    }
  return ({ policy: { target } }) =>
    target.kind === 'selector' ? ofSelectors : (ofService.get(target.service) ?? []);
}

function targetCovers({ policy, targets }: PlacedRule, { target }: Policy): boolean {
  if (target.kind === 'service') return targets.some(({ name }) => name === target.service);
  return policy.target.kind === 'selector' && selectorCovers(policy.target.services, target.services);
}

function wordKey(service: string, { direction, index }: Pick<LabelWord, 'direction' | 'index'>): string {
  return `${service} ${direction} ${index}`;
}

function wordOf(
  { policy, direction, rule }: PlacedRule,
  words: ReadonlyMap<string, LabelWord>,
): LabelWord | undefined {
  if (policy.target.kind !== 'service') return undefined;
  return words.get(wordKey(policy.target.service, { direction, index: policy[direction].indexOf(rule) }));
}

/**
 * Only when another entry of the same label, as it is written, allows all of it whatever the services are. Not for
 * the sake of `any`: that is more likely the one to go, and segments follow from whom a rule means by name.
 */
function removal(
  word: LabelWord,
  { rule }: PlacedRule,
  by: PlacedRule,
  { stack }: ComposeFile,
  { sources }: LintContext,
): Fix | undefined {
  const same = (other: PolicyRule) => ruleCovers(other, rule, stack, () => undefined);
  if (by.policy.name !== `${word.service}.${word.direction}` || !same(by.rule)) return undefined;
  if (by.rule.peers.some(({ kind }) => kind === 'any')) return undefined;
  const { annotation } = word;
  if (!annotation.literal) return undefined;
  const edit = removeWord(sources, word.at, word.text);
  return edit && { title: `remove ${word.text}`, edits: [edit] };
}
