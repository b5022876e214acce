import type { FlowEnd, FlowRecord } from '../../../rules/flows/flow-record.ts';
import { createEdgeCollector, type CollectedEdges } from '../../../rules/suggest/collect-edges.ts';
import { endName } from '../../../rules/suggest/observed-edge.ts';
import { partsOf } from '../../../rules/suggest/sayable.ts';
import { weighEvidence, type Thresholds } from '../../../rules/suggest/weigh-evidence.ts';
import { recordsOfCluster } from '../flows/cluster-flows.ts';
import { recordsOfFile } from '../flows/flow-source.ts';
import type { Session } from '../session.ts';

/** As long as nodes keep their verdict logs. */
const WATCHED = 7 * 86_400_000;

export interface WantedFlows {
  readonly stack: string;
  /** Of whom it may become an entry that it talks to the stack. */
  readonly thresholds: Thresholds;
  /** A file of flows; absent: of the whole cluster. */
  readonly file?: string | undefined;
  /** Milliseconds back from now. */
  readonly since?: number | undefined;
}

/** What was seen of the stack; of each peer outside it that may get an entry, all that it did. */
export async function collectFlows(
  { io, world }: Session,
  { stack, thresholds, file, since }: WantedFlows,
): Promise<CollectedEdges> {
  const now = world.clock.now();
  const from = since === undefined ? (file === undefined ? now - WATCHED : 0) : now - since;
  const collector = createEdgeCollector();
  const take = async (records: AsyncIterable<FlowRecord>, wanted: (record: FlowRecord) => boolean) => {
    for await (const record of records) if (record.last >= from && wanted(record)) collector.add(record);
  };
  if (file !== undefined) {
    await take(recordsOfFile(io, file), () => true);
    return collector.edges();
  }
  await take(recordsOfCluster(io, world, { stack, since: from }), () => true);
  // Three doors of this stack are no scan; those of all stacks together are.
  for (const source of provenStrangers(collector.edges(), stack, thresholds))
    await take(
      recordsOfCluster(io, world, { from: source, since: from }),
      (record) => ![record.source, record.destination].some((end) => isOf(stack, end)),
    );
  return collector.edges();
}

/** Sources outside the stack, as `observe --from` takes them; addresses of the world are asked for together. */
function provenStrangers(
  collected: CollectedEdges,
  stack: string,
  thresholds: Thresholds,
): ReadonlySet<string> {
  const sources = weighEvidence(collected, thresholds)
    .filter(({ doubt }) => doubt === undefined || doubt === 'rare')
    .map(({ edge }) => edge.source)
    .filter((source) => source.kind !== 'service' || !isOf(stack, source));
  return new Set(sources.map((source) => (source.kind === 'world' ? 'world' : endName(source))));
}

function isOf(stack: string, { service }: Pick<FlowEnd, 'service'>): boolean {
  return service !== undefined && partsOf(service)[0] === stack;
}
