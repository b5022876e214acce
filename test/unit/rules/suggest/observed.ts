import { buildModel, editAnnotations, hasErrors, loadCompose } from '../../../../compose-ext/index.ts';
import type { ComposeFile } from '../../../../compose-ext/index.ts';
import { clusterFromModel } from '../../../../rules/cluster-from-model.ts';
import type { EvaluatorInput, Place } from '../../../../rules/evaluator.ts';
import type { FlowEnd, FlowRecord } from '../../../../rules/flows/flow-record.ts';
import { createEdgeCollector } from '../../../../rules/suggest/collect-edges.ts';
import { suggestPolicy } from '../../../../rules/suggest/suggest-policy.ts';
import type { Suggestion } from '../../../../rules/suggest/suggestion.ts';
import { weighEvidence } from '../../../../rules/suggest/weigh-evidence.ts';

export const START = Date.UTC(2026, 10, 1);
export const MINUTE = 60_000;

export interface Talk {
  readonly from: Place;
  readonly to: Place;
  readonly protocol: string;
  readonly port?: number;
}

export function endOf(place: Place): FlowEnd {
  if ('service' in place) {
    const [stack = ''] = place.service.split('/');
    return { kind: 'service', address: '10.0.1.2', service: place.service, stack };
  }
  return { kind: 'world', address: 'address' in place ? place.address : '' };
}

/** One connection with some exchange in it. */
export function flow({ from, to, protocol, port }: Talk, more: Partial<FlowRecord> = {}): FlowRecord {
  const first = more.first ?? START;
  return {
    ...{ first, last: first + 40, node: 'n1', network: 'net', direction: 'egress' },
    ...{ source: endOf(from), destination: endOf(to), protocol, ...(port === undefined ? {} : { port }) },
    ...{ verdict: 'allowed', mode: 'enforce', connections: 1, packets: 20, bytes: 9_000 },
    ...more,
  };
}

/** As a service does: every few minutes, seen by both nodes. */
export function traffic(talk: Talk, more: Partial<FlowRecord> = {}): FlowRecord[] {
  return [0, 7, 13, 18, 25].flatMap((minute) =>
    (['egress', 'ingress'] as const).map((direction, index) =>
      flow(talk, { first: START + minute * MINUTE, node: `n${index + 1}`, direction, ...more }),
    ),
  );
}

export function read(texts: Readonly<Record<string, string>>): {
  readonly files: readonly ComposeFile[];
  readonly cluster: EvaluatorInput;
} {
  const loaded = Object.entries(texts).map(([stack, text]) =>
    loadCompose(text, { file: `${stack}.yaml`, stack }),
  );
  const built = buildModel(loaded.map(({ file }) => file));
  const diagnostics = [...loaded.flatMap((each) => each.diagnostics), ...built.diagnostics];
  if (hasErrors(diagnostics)) throw new Error(JSON.stringify(diagnostics, null, 1));
  return { files: loaded.map(({ file }) => file), cluster: clusterFromModel(built.model) };
}

export function suggest(
  texts: Readonly<Record<string, string>>,
  records: Iterable<FlowRecord>,
  stacks = Object.keys(texts),
): Suggestion {
  const collector = createEdgeCollector();
  for (const record of records) collector.add(record);
  const weighed = weighEvidence(collector.edges());
  return suggestPolicy({ cluster: read(texts).cluster, stacks: new Set(stacks), weighed });
}

/** The texts with what is suggested written into them. */
export function applied(
  texts: Readonly<Record<string, string>>,
  { sides }: Suggestion,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(texts).map(([stack, text]) => {
      const edits = sides
        .filter(({ service }) => service.startsWith(`${stack}/`))
        .map(({ service, direction, entries }) => ({
          ...{ service: service.slice(stack.length + 1), direction, in: 'deploy.labels' as const },
          entries: entries.map(({ entry }) => entry),
        }));
      const edited = editAnnotations(text, edits);
      if (edited.unplaced.length > 0) throw new Error(JSON.stringify(edited.unplaced));
      return [stack, edited.text];
    }),
  );
}
