import { STACK_NAME_LABEL } from '../label/label-policy.ts';
import type { ComposeFile, ComposeSettings, LintLevel, PeerReference } from '../load/compose-file.ts';
import type { Policy } from '../policy-model.ts';
import type { Report } from '../report.ts';
import { checkSchema } from '../syntax/schema-errors.ts';
import type { SourceText } from '../syntax/source-text.ts';
import { entriesOf, get, itemsOf, textOf } from '../syntax/tree-access.ts';
import type { Tree, TreeEntry } from '../syntax/yaml-tree.ts';
import { extensionSchema } from './extension-schema.ts';
import { readLimits } from './read-limits.ts';
import type { ReadContext } from './read-context.ts';
import { readPolicy } from './read-policy.ts';

/** Of an annotated stack that says nothing else. */
export const DEFAULT_SETTINGS = {
  labels: {},
  defaults: { ingress: 'deny', egress: 'allow' },
  mode: 'enforce',
  encrypted: true,
  isolation: 'strict',
} as const satisfies ComposeSettings;

export function readExtension(
  written: TreeEntry | undefined,
  stack: string,
  source: SourceText,
  report: Report,
): Pick<ComposeFile, 'settings' | 'policies' | 'limits' | 'references' | 'lintLevels'> {
  if (written === undefined)
    return { settings: DEFAULT_SETTINGS, policies: [], limits: [], references: [], lintLevels: [] };
  const { value: tree } = written;
  checkSchema(tree, extensionSchema, source, report, 'x-swarmwall');
  const settings = readSettings(tree, source, report);
  const references: PeerReference[] = [];
  const policies = readPolicies(get(tree, 'policies'), { stack, source, report, references });
  const limits = readLimits(get(tree, 'limits'), source, report);
  return { settings, policies, limits, references, lintLevels: readLintLevels(get(tree, 'lint'), source) };
}

function readLintLevels(tree: Tree | undefined, source: SourceText): LintLevel[] {
  return [...entriesOf(tree)].flatMap(([rule, { keyOffset, value }]) => {
    const level = (['off', 'warning', 'error'] as const).find((known) => known === textOf(value));
    return level === undefined ? [] : [{ rule, level, origin: source.at(keyOffset) }];
  });
}

function readSettings(tree: Tree, source: SourceText, report: Report): ComposeSettings {
  const choose = <T extends string>(text: string | undefined, choices: readonly T[], otherwise: T): T =>
    choices.find((choice) => choice === text) ?? otherwise;
  const actions = ['allow', 'deny'] as const;
  const base = DEFAULT_SETTINGS;
  return {
    labels: readStackLabels(get(tree, 'labels'), source, report),
    ...(textOf(get(tree, 'nameLabel')) === 'false' && { nameLabel: false }),
    defaults: {
      ingress: choose(textOf(get(tree, 'default', 'ingress')), actions, base.defaults.ingress),
      egress: choose(textOf(get(tree, 'default', 'egress')), actions, base.defaults.egress),
    },
    mode: choose(textOf(get(tree, 'mode')), ['enforce', 'audit'], base.mode),
    ...(textOf(get(tree, 'dns')) === 'strict' && { dns: 'strict' as const }),
    encrypted: textOf(get(tree, 'encrypted')) !== 'false',
    isolation: choose(textOf(get(tree, 'isolation')), ['strict', 'balanced', 'off'], base.isolation),
  };
}

function readStackLabels(tree: Tree | undefined, source: SourceText, report: Report): Record<string, string> {
  const labels: [string, string][] = [];
  for (const [key, { keyOffset, value }] of entriesOf(tree)) {
    if (key === STACK_NAME_LABEL) {
      const message = `${key} always holds the stack's own name`;
      report.error('reserved-label', source.at(keyOffset), message, 'Use another label.');
    } else labels.push([key, textOf(value) ?? '']);
  }
  return Object.fromEntries(labels);
}

function readPolicies(tree: Tree | undefined, context: ReadContext): Policy[] {
  const { source, report } = context;
  const names = new Set<string>();
  return itemsOf(tree).flatMap((item): Policy[] => {
    const policy = readPolicy(item, context);
    if (policy === undefined) return [];
    if (names.has(policy.name)) {
      const at = source.at(get(item, 'name')?.offset ?? item.offset);
      report.error('duplicate-policy', at, `two policies are named "${policy.name}"`, 'Rename one of them.');
    }
    names.add(policy.name);
    return [policy];
  });
}
