import { isWritten } from '../extension/read-selector.ts';
import type { ObjectContext } from '../kubernetes/manifest.ts';
import { suggest } from '../nearest.ts';
import { checkSchema } from '../syntax/schema-errors.ts';
import { get, itemsOf, textOf } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';
import { LEVEL_CHECKS, type AdmissionCheckId } from './admission-check-ids.ts';
import { admissionPolicySchema } from './admission-policy-schema.ts';
import type { AdmissionLevel, AdmissionMode, AdmissionPolicy, PortRange } from './authz-model.ts';

/** A document of `kind: AdmissionPolicy`. All its mistakes are in the report; with any, what is returned is not whole. */
export function readAdmissionPolicy(tree: Tree, context: ObjectContext): AdmissionPolicy {
  checkSchema(tree, admissionPolicySchema, context.source, context.report);
  const [stacks, users, networks] = ['stacks', 'users', 'networks'].map((key) =>
    words(get(tree, 'match', key)),
  );
  const runtimes = words(get(tree, 'runtimes'));
  const allow = readAllow(get(tree, 'allow'), context);
  const images = readImages(get(tree, 'images'));
  const require = readRequire(get(tree, 'require'));
  return {
    name: textOf(get(tree, 'name')) ?? '',
    match: { ...(stacks && { stacks }), ...(users && { users }), ...(networks && { networks }) },
    level: (textOf(get(tree, 'level')) || 'restricted') as AdmissionLevel,
    mode: (textOf(get(tree, 'mode')) || 'enforce') as AdmissionMode,
    exempt: itemsOf(get(tree, 'exempt')).flatMap((item) => readCheck(item, context)),
    ...(allow && { allow }),
    ...(runtimes && { runtimes }),
    ...(images && { images }),
    ...(require && { require }),
    origin: context.source.at(tree.offset),
  };
}

/** Undefined: not written, which is not the same as an empty list. */
function words(tree: Tree | undefined): string[] | undefined {
  return tree?.kind === 'list' ? itemsOf(tree).flatMap((item) => textOf(item) ?? []) : undefined;
}

function readCheck(item: Tree, { source, report }: ObjectContext): AdmissionCheckId[] {
  const name = textOf(item);
  const known = LEVEL_CHECKS.find((id) => id === name);
  if (known !== undefined) return [known];
  // What is not text is the schema's to report.
  if (item.kind !== 'scalar' || typeof item.value !== 'string') return [];
  const hint = suggest(item.value, LEVEL_CHECKS, 'docs/admission.md lists them.');
  report.error('invalid-value', source.at(item.offset), `"${item.value}" is not a check of a level`, hint);
  return [];
}

function readAllow(tree: Tree | undefined, context: ObjectContext): AdmissionPolicy['allow'] {
  if (!isWritten(tree)) return undefined;
  const [hostPaths, sysctls, volumeDrivers] = ['hostPaths', 'sysctls', 'volumeDrivers'].map((key) =>
    words(get(tree, key)),
  );
  const capabilities = words(get(tree, 'capabilities'))?.map((name) =>
    name.toUpperCase().replace(/^CAP_/, ''),
  );
  const ports = get(tree, 'hostPorts');
  return {
    ...(hostPaths && { hostPaths }),
    ...(capabilities && { capabilities }),
    ...(sysctls && { sysctls }),
    ...(isWritten(ports) && { hostPorts: itemsOf(ports).flatMap((item) => readPorts(item, context)) }),
    ...(volumeDrivers && { volumeDrivers }),
  };
}

function readPorts(item: Tree, { source, report }: ObjectContext): PortRange[] {
  const [from = NaN, to = from] = (textOf(item) ?? '').split('-').map(Number);
  if (from >= 1 && from <= to && to <= 65535) return [{ from, to }];
  if (item.kind === 'scalar' && typeof item.value === 'string' && /^\d{1,5}-\d{1,5}$/.test(item.value))
    report.error('invalid-value', source.at(item.offset), `"${item.value}" is not a range of ports`, '');
  return [];
}

function readImages(tree: Tree | undefined): AdmissionPolicy['images'] {
  if (!isWritten(tree)) return undefined;
  const registries = words(get(tree, 'registries'));
  const require = textOf(get(tree, 'require')) || undefined;
  return {
    ...(registries && { registries }),
    ...(require !== undefined && { require: require as 'tag' | 'digest' }),
  };
}

const SWITCHES = ['networkPolicy', 'encryptedNetwork', 'memoryLimit', 'cpuLimit', 'pidsLimit'] as const;

function readRequire(tree: Tree | undefined): AdmissionPolicy['require'] {
  if (!isWritten(tree)) return undefined;
  const labels = words(get(tree, 'labels'));
  const switched = SWITCHES.filter((key) => textOf(get(tree, key)) === 'true').map((key) => [key, true]);
  return { ...(labels && { labels }), ...(Object.fromEntries(switched) as Record<string, true>) };
}
