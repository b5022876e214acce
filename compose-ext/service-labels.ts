import { annotationPolicy, stackLabels } from './build-model.ts';
import type { Diagnostic, Position } from './diagnostic.ts';
import {
  parseCompiledLabel,
  positionOf,
  textHash,
  unpackPolicies,
  type CompiledLabel,
} from './label/compiled-label.ts';
import type { Place } from './label/compiled-schema.ts';
import { parseLabel } from './label/label-grammar.ts';
import { parseLimit } from './label/limit-label.ts';
import { parseMode } from './label/mode-label.ts';
import { SERVICE_LABELS } from './load/read-annotations.ts';
import { suggest } from './nearest.ts';
import type {
  Direction,
  Labels,
  Mode,
  Policy,
  ServiceLimit,
  ServicePort,
  StackModel,
} from './policy-model.ts';
import { createReport, type Report } from './report.ts';
import { serviceKey } from './reach.ts';

export interface ServiceLabelsInput {
  /** Who the service really is; what its labels say of that is ignored. */
  readonly stack: string;
  readonly service: string;
  readonly labels: Labels;
}

export interface ServiceLabels {
  /** Any swarmwall label: the stack is annotated. */
  readonly annotated: boolean;
  /** What the service's compiled label says of its stack; absent without one. */
  readonly settings?: Pick<StackModel, 'labels' | 'defaults' | 'mode' | 'dns' | 'annotated'>;
  /** Each selects this service. */
  readonly policies: readonly Policy[];
  /** One that cannot be read is none. */
  readonly limit?: ServiceLimit;
  /** Absent: its stack's. One that cannot be read is `enforce`. */
  readonly mode?: Mode;
  /** swarmwall.* left out. */
  readonly labels: Labels;
  /** Named ports that the Compose file declared. */
  readonly ports: readonly ServicePort[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * What a manager learns from a live service's labels. Never throws, and fails closed: a label that cannot
 * be read isolates the service in its direction and allows nothing.
 */
export function readServiceLabels(input: ServiceLabelsInput): ServiceLabels {
  const report = createReport();
  const { stack, service } = input;
  const own = Object.entries(input.labels).filter(([key]) => isOurs(key));
  for (const [key] of own) reportUnknown(key, input, report);
  const compiled = readCompiled(input, report);
  const policies = [
    ...(['ingress', 'egress'] as const).flatMap((direction) => rawPolicy(direction, input, compiled, report)),
    ...(compiled === 'broken' ? [closed(input)] : compiled ? unpackPolicies(compiled, stack, service) : []),
  ];
  const label = compiled === 'broken' ? undefined : compiled;
  const settings = compiled && settingsOf(stack, label);
  const limit = readLimit(input, report);
  const mode = readMode(input, report);
  const others = Object.entries(input.labels).filter(([key]) => !isOurs(key));
  return {
    annotated: own.length > 0,
    ...(settings === undefined ? {} : { settings }),
    policies,
    ...(limit && { limit }),
    ...(mode && { mode }),
    labels: Object.fromEntries([
      ...Object.entries(label?.labels ?? {}).filter(([key]) => !isOurs(key)),
      ...others,
    ]),
    ports: label?.ports ?? [],
    diagnostics: report.diagnostics,
  };
}

function isOurs(key: string): boolean {
  return key.startsWith('swarmwall.');
}

function placeIn(key: string, { stack, service }: ServiceLabelsInput, offset = 0): Position {
  return { file: `label ${key} of ${serviceKey(stack, service)}`, line: 1, column: offset + 1 };
}

function textOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

function reportUnknown(key: string, input: ServiceLabelsInput, report: Report): void {
  if (SERVICE_LABELS.some((known) => known === key)) return;
  const hint = suggest(key, SERVICE_LABELS);
  report.error('unknown-label', placeIn(key, input), `"${key}" is not a label that Swarmwall knows`, hint);
}

function readLimit(input: ServiceLabelsInput, report: Report): ServiceLimit | undefined {
  const key = 'swarmwall.limit';
  const text = textOf(input.labels, key);
  if (text === undefined) return undefined;
  const { limit, problems } = parseLimit(text);
  for (const { code, offset, message, hint } of problems)
    report.error(code, placeIn(key, input, offset), `${message}: nothing is limited`, hint);
  return limit;
}

function readMode(input: ServiceLabelsInput, report: Report): Mode | undefined {
  const key = 'swarmwall.mode';
  const text = textOf(input.labels, key);
  if (text === undefined) return undefined;
  const mode = parseMode(text);
  if (mode !== undefined) return mode;
  const message = `"${text}" is not a mode: its policies are enforced`;
  report.error('invalid-mode', placeIn(key, input), message, 'Write "audit" or "enforce".');
  return 'enforce';
}

function readCompiled(input: ServiceLabelsInput, report: Report): CompiledLabel | 'broken' | undefined {
  const text = textOf(input.labels, 'swarmwall.compiled');
  if (text === undefined) return undefined;
  const label = parseCompiledLabel(text);
  if (typeof label !== 'string') return label;
  const hint = 'Deploy the stack again, from the output of "compile".';
  const at = placeIn('swarmwall.compiled', input);
  report.error('invalid-compiled-label', at, `swarmwall.compiled cannot be read: ${label}`, hint);
  return 'broken';
}

/** Without a readable label: what an annotated stack has when it says nothing. */
function settingsOf(stack: string, label: CompiledLabel | undefined): ServiceLabels['settings'] {
  return {
    labels: stackLabels(stack, label?.settings.labels ?? {}, label?.settings.nameLabel),
    annotated: true,
    defaults: label?.settings.defaults ?? { ingress: 'deny', egress: 'allow' },
    mode: label?.settings.mode ?? 'enforce',
    ...(label?.settings.dns && { dns: label.settings.dns }),
  };
}

/** The live text is what counts, so that `docker service update --label-add` works. */
function rawPolicy(
  direction: Direction,
  input: ServiceLabelsInput,
  compiled: CompiledLabel | 'broken' | undefined,
  report: Report,
): Policy[] {
  const key = `swarmwall.${direction}`;
  const text = textOf(input.labels, key);
  if (text === undefined) return [];
  const parsed = parseLabel(text, direction);
  for (const { code, offset, message, hint } of parsed.problems) {
    report.error(code, placeIn(key, input, offset), message, hint);
  }
  const written = typeof compiled === 'object' ? compiled.at[direction] : undefined;
  const known = typeof compiled === 'object' && written?.hash === textHash(text) ? written : undefined;
  const inFile = (at: Place) =>
    typeof compiled === 'object' ? positionOf(compiled, at) : placeIn(key, input);
  const entryOrigins = parsed.entries.map(({ offset }, index) => {
    const place = known?.entries[index];
    return place ? inFile(place) : placeIn(key, input, offset);
  });
  const origin = known ? inFile(known.label) : placeIn(key, input);
  return [annotationPolicy(input.stack, input.service, direction, { parsed, origin, entryOrigins })];
}

function closed(input: ServiceLabelsInput): Policy {
  const { stack, service } = input;
  return {
    name: `${service}.compiled`,
    stack,
    target: { kind: 'service', service },
    directions: ['ingress', 'egress'],
    ingress: [],
    egress: [],
    origin: placeIn('swarmwall.compiled', input),
  };
}
