import type { Position } from '../diagnostic.ts';
import { parseCompiledLabel } from '../label/compiled-label.ts';
import { parseLabel, type LabelProblem } from '../label/label-grammar.ts';
import { parseLimit } from '../label/limit-label.ts';
import { parseMode } from '../label/mode-label.ts';
import { suggest } from '../nearest.ts';
import type { Direction, Mode, ServiceLimit } from '../policy-model.ts';
import type { Report } from '../report.ts';
import type { SourceText } from '../syntax/source-text.ts';
import { wordPositions } from '../syntax/word-positions.ts';
import type { Annotation, ComposeService } from './compose-file.ts';
import { isMeantAsOurs } from './meant-label.ts';
import type { WrittenLabel } from './read-labels.ts';

/** Every label that Swarmwall reads on a service; `compile` writes the last one. */
export const SERVICE_LABELS = [
  'swarmwall.ingress',
  'swarmwall.egress',
  'swarmwall.limit',
  'swarmwall.mode',
  'swarmwall.compiled',
] as const;
export const SEGMENT_LABEL = 'swarmwall.segment';

type Place = Annotation['in'];
type Result = Pick<ComposeService, 'annotations' | 'limit' | 'mode' | 'compiled'>;

/** The swarmwall.* labels of one service, from both places where they may be written. */
export function readAnnotations(
  service: string,
  labels: Readonly<Record<Place, ReadonlyMap<string, WrittenLabel>>>,
  source: SourceText,
  report: Report,
): Result {
  for (const place of ['labels', 'deploy.labels'] as const) {
    for (const label of labels[place].values()) checkKnown(label, service, report);
  }
  for (const key of SERVICE_LABELS) {
    const [inLabels, inDeploy] = [labels.labels.get(key), labels['deploy.labels'].get(key)];
    if (inLabels === undefined || inDeploy === undefined) continue;
    const message = `${key} of service "${service}" is written in labels and in deploy.labels`;
    report.error('duplicate-label', inLabels.keyOrigin, message, 'Keep the one in deploy.labels.');
  }
  const annotations: Partial<Record<Direction, Annotation>> = {};
  for (const direction of ['ingress', 'egress'] as const) {
    const key = `swarmwall.${direction}`;
    const inDeploy = labels['deploy.labels'].get(key);
    const label = inDeploy ?? labels.labels.get(key);
    if (label === undefined) continue;
    const place = inDeploy ? 'deploy.labels' : 'labels';
    annotations[direction] = annotate(label, direction, place, source, report);
  }
  const limit = readLimit(
    labels['deploy.labels'].get('swarmwall.limit') ?? labels.labels.get('swarmwall.limit'),
    source,
    report,
  );
  const mode = readMode(
    labels['deploy.labels'].get('swarmwall.mode') ?? labels.labels.get('swarmwall.mode'),
    report,
  );
  const read = { annotations, ...(limit && { limit }), ...(mode && { mode }) };
  const compiled =
    labels['deploy.labels'].get('swarmwall.compiled') ?? labels.labels.get('swarmwall.compiled');
  if (compiled === undefined) return read;
  const broken = parseCompiledLabel(compiled.value);
  if (typeof broken === 'string') {
    const message = `swarmwall.compiled cannot be read: ${broken}`;
    report.warn('invalid-compiled-label', compiled.origin, message, 'Remove it: "compile" writes it.');
  }
  return { ...read, compiled: compiled.value };
}

function readLimit(
  label: WrittenLabel | undefined,
  source: SourceText,
  report: Report,
): ServiceLimit | undefined {
  if (label === undefined) return undefined;
  if (label.unresolved.length > 0) {
    const message = `${label.key} depends on the variable ${label.unresolved.join(', ')}`;
    report.error('unresolved-variable', label.origin, message, 'Set it, or give it a default.');
    return undefined;
  }
  const { limit, problems } = parseLimit(label.value);
  reportProblems(problems, label, source, report);
  return limit;
}

function readMode(label: WrittenLabel | undefined, report: Report): Mode | undefined {
  if (label === undefined) return undefined;
  const mode = parseMode(label.value);
  if (mode === undefined || label.unresolved.length > 0) {
    const message = `"${label.value}" is not a mode`;
    report.error('invalid-mode', label.origin, message, 'Write "audit" or "enforce".');
    return undefined;
  }
  return mode;
}

function checkKnown({ key, keyOrigin }: WrittenLabel, service: string, report: Report): void {
  if (!isMeantAsOurs(key)) return;
  if (SERVICE_LABELS.some((known) => known === key)) return;
  if (key === SEGMENT_LABEL) {
    const message = `${key} belongs on a network, not on service "${service}"`;
    report.error('misplaced-label', keyOrigin, message, 'Remove it: "compile" writes it.');
    return;
  }
  const hint = suggest(key, SERVICE_LABELS, `Known labels: ${SERVICE_LABELS.slice(0, 2).join(', ')}.`);
  report.error('unknown-label', keyOrigin, `"${key}" is not a label that Swarmwall knows`, hint);
}

function annotate(
  label: WrittenLabel,
  direction: Direction,
  place: Place,
  source: SourceText,
  report: Report,
): Annotation {
  const { value: text, origin, unresolved, scalar } = label;
  if (unresolved.length > 0) {
    const message = `${label.key} depends on the variable ${unresolved.join(', ')}`;
    report.error('unresolved-variable', origin, message, 'Set it, or give it a default.');
    const parsed = { none: false, entries: [], problems: [] };
    return { text, parsed, origin, entryOrigins: [], in: place, literal: false };
  }
  const parsed = parseLabel(text, direction);
  reportProblems(parsed.problems, label, source, report);
  const entryOrigins = wordPositions(scalar, text, parsed.entries, source);
  return { text, parsed, origin, entryOrigins, in: place, literal: scalar.written === undefined };
}

function reportProblems(
  problems: readonly LabelProblem[],
  label: WrittenLabel,
  source: SourceText,
  report: Report,
): void {
  const words = [...label.value.matchAll(/\S+/g)].map(({ 0: word, index }) => ({
    offset: index,
    length: word.length,
  }));
  const places = wordPositions(label.scalar, label.value, words, source);
  for (const { code, offset, message, hint } of problems) {
    const index = words.findLastIndex((word) => word.offset <= offset);
    report.error(
      code,
      within(places[index], offset - (words[index]?.offset ?? 0)) ?? label.origin,
      message,
      hint,
    );
  }
}

function within(position: Position | undefined, delta: number): Position | undefined {
  return position && { ...position, column: position.column + delta };
}
