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
  const after = editedTexts(file, loaded.sources, suggestion.sides, labels);
  const changed = await loadSoundStacks({ ...io, unsaved: after }, wanted);
  const rest = ask(changed.model).sides[0];
  if (rest !== undefined)
    throw new CliFailure(
      'not-suggested',
      `the ${rest.direction} of ${rest.service} would not come out as meant`,
      {
        hint: 'Do its labels stand in several files, or in a variable? Give it a label of its own first.',
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

function editedTexts(
  file: ComposeFile,
  sources: ReadonlyMap<string, string>,
  sides: readonly SuggestedSide[],
  labels: LabelPlace,
): ReadonlyMap<string, string> {
  const edits = new Map<string, AnnotationEdit[]>();
  for (const { service: key, direction, entries } of sides) {
    const service = file.services.find(({ name }) => `${file.stack}/${name}` === key);
    if (service === undefined) continue;
    const written = service.annotations[direction];
    const place = written?.origin.file ?? service.origin.file;
    const edit: AnnotationEdit = {
      ...{ service: service.name, direction, entries: entries.map(({ entry }) => entry) },
      in: written?.in ?? labels,
    };
    edits.set(place, [...(edits.get(place) ?? []), edit]);
  }
  return new Map(
    [...edits].map(([name, own]) => [name, editAnnotations(sources.get(name) ?? '', own).text] as const),
  );
}

function positionsIn(
  file: ComposeFile | undefined,
  { service: key, direction, entries }: SuggestedSide,
): readonly Position[] {
  const service = file?.services.find(({ name }) => `${file.stack}/${name}` === key);
  const annotation = service?.annotations[direction];
  if (annotation === undefined) return [];
  return entries.length === 0 ? [annotation.origin] : annotation.entryOrigins.slice(-entries.length);
}
