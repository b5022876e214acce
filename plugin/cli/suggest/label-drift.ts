import {
  formatLabel,
  parseLabel,
  type Annotation,
  type ComposeFile,
  type Direction,
} from '../../../compose-ext/index.ts';
import type { SuggestedSide } from '../../../rules/suggest/suggestion.ts';

/** A label that comes out as nobody meant it. */
export interface Drift {
  /** Key. */
  readonly service: string;
  readonly direction: Direction;
  /** As it was before. */
  readonly before: Annotation | undefined;
}

/**
 * Labels of these stacks that are not what they were and what is suggested for them: services share text, by merges,
 * anchors and `extends`, so that what is written for one may open another.
 */
export function labelDrift(
  before: readonly ComposeFile[],
  after: readonly ComposeFile[],
  sides: readonly SuggestedSide[],
): readonly Drift[] {
  const suggested = new Map(
    sides.map(({ service, direction, entries }) => [
      `${direction} ${service}`,
      entries.map(({ entry }) => entry),
    ]),
  );
  const now = labelsOf(after);
  return [...labelsOf(before)].flatMap(([key, { service, direction, label }]) => {
    const more = suggested.get(key);
    const wanted =
      label === undefined && more === undefined
        ? undefined
        : spelt([...(label?.parsed.entries ?? []), ...(more ?? [])]);
    const found = now.get(key)?.label;
    const isMeant = wanted === (found && spelt(found.parsed.entries));
    return isMeant ? [] : [{ service, direction, before: label }];
  });
}

/** An address and its block of one are the same. */
function spelt(entries: Parameters<typeof formatLabel>[0]): string {
  return formatLabel(parseLabel(formatLabel(entries)).entries);
}

function labelsOf(files: readonly ComposeFile[]) {
  return new Map(
    files.flatMap(({ stack, services }) =>
      services.flatMap(({ name, annotations }) =>
        (['ingress', 'egress'] as const).map((direction) => {
          const service = `${stack}/${name}`;
          return [`${direction} ${service}`, { service, direction, label: annotations[direction] }] as const;
        }),
      ),
    ),
  );
}
