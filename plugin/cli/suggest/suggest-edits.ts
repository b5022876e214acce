import {
  editAnnotations,
  type AnnotationEdit,
  type ComposeFile,
  type Position,
} from '../../../compose-ext/index.ts';
import { clusterFromModel } from '../../../rules/cluster-from-model.ts';
import { suggestPolicy } from '../../../rules/suggest/suggest-policy.ts';
import type { SuggestedSide, Suggestion } from '../../../rules/suggest/suggestion.ts';
import type { Weighed } from '../../../rules/suggest/weigh-evidence.ts';
import { CliFailure } from '../failure.ts';
import type { CliIo } from '../io.ts';
import { labelDrift, type Drift } from './label-drift.ts';
import { loadSoundStacks, type LoadedStacks, type StackFile } from '../load-stacks.ts';

export interface SuggestedEdits {
  readonly suggestion: Suggestion;
  readonly changes: readonly { readonly file: string; readonly before: string; readonly after: string }[];
  /** Where each entry of a side stands once the files are changed; the label itself where it has none. */
  positions(side: SuggestedSide): readonly Position[];
}

type LabelPlace = AnnotationEdit['in'];

/** The suggestion written into the user's files, in memory, and read back: it must come out as it was meant. */
export async function suggestEdits(
  io: CliIo,
  wanted: readonly StackFile[],
  loaded: LoadedStacks,
  weighed: readonly Weighed[],
  labels: LabelPlace,
): Promise<SuggestedEdits> {
  const [file] = loaded.files;
  if (file === undefined) throw new CliFailure('bad-usage', 'no Compose file given');
  const stacks = new Set([file.stack]);
  const ask = (model: LoadedStacks['model']) =>
    suggestPolicy({ cluster: clusterFromModel(model), stacks, weighed });
  const suggestion = ask(loaded.model);
  const write = async (edits: readonly PlacedEdit[]) => {
    const after = editedTexts(loaded.sources, edits);
    const changed = await loadSoundStacks({ ...io, unsaved: after }, wanted);
    return { after, changed, drift: labelDrift(loaded.files, changed.files, suggestion.sides) };
  };
  const edits = editsOf(file, suggestion.sides, labels);
  let written = await write(edits);
  // What takes its label from a service that gets more keeps what it has, in a label of its own.
  if (written.drift.length > 0)
    written = await write([...edits, ...keepingEdits(file, othersOf(written.drift, suggestion))]);
  const { after, changed } = written;
  const rest = ask(changed.model).sides[0] ?? written.drift[0];
  if (rest !== undefined)
    throw new CliFailure(
      'not-suggested',
      `the ${rest.direction} of ${rest.service} would not come out as meant`,
      {
        hint: 'Do its labels stand in several files, in a variable, or with other services? Give it a label of its own first.',
      },
    );
  return {
    suggestion,
    changes: [...after].map(([name, text]) => ({
      ...{ file: name, before: loaded.sources.get(name) ?? '', after: text },
    })),
    positions: (side) => positionsIn(changed.files[0], side),
  };
}

interface PlacedEdit extends AnnotationEdit {
  readonly file: string;
}

function editsOf(
  file: ComposeFile,
  sides: readonly SuggestedSide[],
  labels: LabelPlace,
): readonly PlacedEdit[] {
  return sides.flatMap(({ service: key, direction, entries }) => {
    const service = serviceOf(file, key);
    if (service === undefined) return [];
    const label = service.annotations[direction];
    return {
      ...{ file: label?.origin.file ?? service.origin.file, service: service.name, direction },
      ...{ entries: entries.map(({ entry }) => entry), in: label?.in ?? labels },
      ...(label?.literal && { inherited: label.text }),
    };
  });
}

function keepingEdits(file: ComposeFile, drift: readonly Drift[]): readonly PlacedEdit[] {
  return drift.flatMap(({ service: key, direction, before }) => {
    const service = serviceOf(file, key);
    if (service === undefined || before?.literal !== true) return [];
    return {
      ...{ file: service.origin.file, service: service.name, direction, entries: [] },
      ...{ in: before.in, inherited: before.text },
    };
  });
}

/** Of those that nothing is suggested for. */
function othersOf(drift: readonly Drift[], { sides }: Suggestion): readonly Drift[] {
  return drift.filter(
    (one) => !sides.some((side) => side.service === one.service && side.direction === one.direction),
  );
}

function serviceOf(
  { stack, services }: ComposeFile,
  key: string,
): ComposeFile['services'][number] | undefined {
  return services.find(({ name }) => `${stack}/${name}` === key);
}

function editedTexts(
  sources: ReadonlyMap<string, string>,
  edits: readonly PlacedEdit[],
): ReadonlyMap<string, string> {
  const byFile = new Map<string, PlacedEdit[]>();
  for (const edit of edits) byFile.set(edit.file, [...(byFile.get(edit.file) ?? []), edit]);
  return new Map(
    [...byFile].map(([name, own]) => [name, editAnnotations(sources.get(name) ?? '', own).text] as const),
  );
}

function positionsIn(
  file: ComposeFile | undefined,
  { service: key, direction, entries }: SuggestedSide,
): readonly Position[] {
  const service = file && serviceOf(file, key);
  const annotation = service?.annotations[direction];
  if (annotation === undefined) return [];
  return entries.length === 0 ? [annotation.origin] : annotation.entryOrigins.slice(-entries.length);
}
