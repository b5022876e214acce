import type { Diagnostic } from './diagnostic.ts';
import { limitOf } from './extension/read-limits.ts';
import { labelPolicy, STACK_NAME_LABEL } from './label/label-policy.ts';
import type { Annotation, ComposeFile, ComposeService } from './load/compose-file.ts';
import { checkReferences } from './check-references.ts';
import type { Direction, Labels, Policy, PolicyModel, StackModel } from './policy-model.ts';
import { createReport, sortDiagnostics } from './report.ts';

/**
 * One stack a file. What only several files show (unknown services, empty selections) is checked here.
 * `others`: stacks known from elsewhere, a live cluster say; a file's stack wins over one of the same name.
 */
export function buildModel(
  files: readonly ComposeFile[],
  others: readonly StackModel[] = [],
): {
  readonly model: PolicyModel;
  readonly diagnostics: readonly Diagnostic[];
} {
  const report = createReport();
  const stacks = new Map<string, StackModel>();
  for (const file of files) {
    const other = stacks.get(file.stack);
    if (other !== undefined) {
      const message = `the stack "${file.stack}" is already in ${other.origin.file}`;
      report.error('duplicate-stack', file.stackOrigin, message, 'Give one of the files another "name:".');
      continue;
    }
    stacks.set(file.stack, stackModel(file));
  }
  const model = { stacks: [...stacks.values(), ...others.filter(({ name }) => !stacks.has(name))] };
  checkReferences(files, model, report);
  return { model, diagnostics: sortDiagnostics(report.diagnostics) };
}

function stackModel(file: ComposeFile): StackModel {
  const { stack, annotated, services } = file;
  const { nameLabel, ...settings } = file.settings;
  return {
    name: stack,
    annotated,
    ...settings,
    labels: stackLabels(stack, settings.labels, nameLabel),
    defaults: annotated ? settings.defaults : { ingress: 'allow', egress: 'allow' },
    services: services.map((service) => {
      const { name, labels, ports, mode, origin } = service;
      const limit = limitOf(service, file.limits);
      return { stack, name, labels, ports, ...(limit && { limit }), ...(mode && { mode }), origin };
    }),
    policies: [...services.flatMap((service) => servicePolicies(stack, service)), ...file.policies],
    origin: file.stackOrigin,
  };
}

/** A stack may call itself something else in `name`, never in the label that names are matched by. */
export function stackLabels(stack: string, written: Labels, nameLabel = true): Labels {
  return { ...(nameLabel && { name: stack }), ...written, [STACK_NAME_LABEL]: stack };
}

export function servicePolicies(stack: string, { name, annotations }: ComposeService): Policy[] {
  return (['ingress', 'egress'] as const).flatMap((direction) => {
    const annotation = annotations[direction];
    return annotation === undefined ? [] : annotationPolicy(stack, name, direction, annotation);
  });
}

/** Fails closed: a label with a mistake in it isolates and allows nothing. */
export function annotationPolicy(
  stack: string,
  service: string,
  direction: Direction,
  { parsed, origin, entryOrigins }: Pick<Annotation, 'parsed' | 'origin' | 'entryOrigins'>,
): Policy {
  const entries = parsed.problems.length > 0 ? [] : parsed.entries;
  return labelPolicy({ stack, service, direction, entries, origin, entryOrigins });
}
