import type { FlowLosses } from '../../../rules/flows/flow-losses.ts';
import type { FlowRecord } from '../../../rules/flows/flow-record.ts';
import { protocolName } from '../../../rules/flows/protocol-name.ts';
import type { Config } from '../../config.ts';
import { asFault } from '../../fault.ts';
import type { Log } from '../../log.ts';
import type { Clock } from '../../process/clock.ts';
import type { Converse } from '../../process/converse.ts';
import type { LogPlace } from '../../../rules/flows/log-groups.ts';
import { BRIDGES } from '../bridges/bridge-view.ts';
import type { Enforcers } from '../enforcers.ts';
import type { GuardedFile } from '../network-guards.ts';
import { rememberBegun } from './begun-flows.ts';
import { startFlowReader } from './flow-reader.ts';
import type { Flows, TakeRecords } from './index.ts';
import { createFlowNamer, type FlowNames } from './name-flow.ts';
import { createOwnReasons, type OwnReasonSources } from './own-reasons.ts';
import { createPace } from './pace.ts';
import type { ReaderLine, SeenFlow } from './reader-line.ts';
import { type FlowSum, type Network, sumFlows } from './sum-flows.ts';
import { openVerdictLog } from './verdict-log.ts';
import { EDGE, HOST, type Watchable, watchedTables } from './watched-tables.ts';

export interface FlowsOptions extends FlowNames, OwnReasonSources {
  readonly bridges: FlowNames['bridges'] & OwnReasonSources['bridges'];
  readonly config: Config;
  readonly converse: Converse;
  readonly clock: Clock;
  readonly log: Log;
  readonly hostname: () => string;
  /** Packets that the kernel kept back by its rate limit, in all namespaces. */
  readonly limited: () => number;
}

export interface NodeFlows extends Flows {
  /** From now on; again is no harm. To be called before its program is loaded. */
  watchGuarded(one: GuardedFile): void;
  /** What is guarded now; all else is let go, as a socket would keep its namespace. */
  keepOnly(enforcers: Watchable & Pick<Enforcers, 'networks'>): void;
  stop(): Promise<void>;
}

/** From the kernel's log to records with names: for who follows, and on disk. */
export function createFlows(options: FlowsOptions): NodeFlows {
  const { config, clock, log, hostname } = options;
  const watched = new Map<string, { readonly watch: number; readonly network: Network }>();
  const networksOf = new Map<number, Network>();
  const takers = new Set<TakeRecords>();
  const losses = { unread: 0, crowded: 0, ends: 0 };
  const nameFlow = createFlowNamer(options);
  const reasonOf = createOwnReasons(options);
  const begun = rememberBegun();
  const verdictLog = openVerdictLog(config, clock, log);
  const sums = sumFlows(
    clock,
    createPace(() => clock.elapsed()),
    publish,
  );
  const reader = startFlowReader({
    file: config.flowReader,
    ...{ converse: options.converse, clock, log },
    onLine: takeLine,
  });

  function takeLine(line: ReaderLine): void {
    const network = networksOf.get(line.watch);
    if (line.kind === 'unread' || line.kind === 'crowded' || line.kind === 'ends') {
      losses[line.kind] += line.count;
      if (line.kind !== 'ends') tellLoss(line.count, network);
    } else if (network !== undefined && (line.kind === 'flow' || line.kind === 'end'))
      takeFlow(network, line);
  }

  function tellLoss(count: number, network: Network | undefined): void {
    log.warn({ network: network?.name, count }, 'packets with a verdict came too fast to be recorded');
  }

  function takeFlow(network: Network, seen: SeenFlow): void {
    if (seen.kind === 'flow') {
      begun.begin(network.id, seen);
      sums.add(network, seen);
      return;
    }
    const ended = begun.end(network.id, seen);
    // In the node's own namespace most connections are others'.
    if (ended !== undefined || !OF_NODE.includes(network.id)) sums.add(network, ended ?? seen);
  }

  function publish(ready: readonly FlowSum[]): void {
    const records = ready.map(toRecord);
    verdictLog.write(records);
    for (const take of takers)
      try {
        take(records);
      } catch (error) {
        log.error({ why: asFault(error).message }, 'flows could not be handed on');
      }
  }

  function toRecord(sum: FlowSum): FlowRecord {
    const { protocol, verdict, first, last, connections, packets, bytes } = sum;
    const { source, destination, direction, mode, ...other } = nameFlow(sum.network.id, sum);
    const { network = sum.network.name, port = sum.port } = other;
    const record: FlowRecord = {
      ...{ first, last, node: hostname(), network, direction, source, destination },
      protocol: protocolName(protocol),
      ...(port > 0 && { port }),
      ...{ verdict, mode, connections, packets, bytes },
    };
    const reason = OF_NODE.includes(sum.network.id) ? reasonOf(record) : undefined;
    return reason === undefined ? record : { ...record, reason };
  }

  function watch(file: string, path: string, { id, name }: Network, place?: LogPlace): void {
    if (watched.get(file)?.network.id === id) return;
    end(file);
    const network = { id, name };
    const number = reader.watch(path, place);
    networksOf.set(number, network);
    watched.set(file, { watch: number, network });
  }

  function end(file: string): void {
    const found = watched.get(file);
    if (found === undefined) return;
    reader.unwatch(found.watch);
    watched.delete(file);
    // Its last lines may be on their way.
    clock.after(LAST_LINES, () => {
      if (networksOf.get(found.watch) === found.network) networksOf.delete(found.watch);
    });
  }

  return {
    watchGuarded: ({ file, namespace, guard }) => {
      watch(file, namespace.path ?? '-', guard.network);
    },
    keepOnly: (enforcers) => {
      const kept = new Set(enforcers.networks.list().map(({ file }) => file));
      for (const table of watchedTables(enforcers)) {
        kept.add(table.id);
        watch(table.id, '-', table, table.place);
      }
      for (const file of [...watched.keys()]) if (!kept.has(file)) end(file);
    },
    subscribe: (take) => {
      takers.add(take);
      return () => takers.delete(take);
    },
    async *history(query) {
      sums.flush();
      yield* verdictLog.read(query);
    },
    losses: (): FlowLosses => ({
      limited: options.limited(),
      unread: losses.unread,
      crowded: losses.crowded + sums.crowded,
      unwritten: verdictLog.unwritten,
      ends: losses.ends,
    }),
    stop: async () => {
      reader.stop();
      sums.flush();
      sums.stop();
      await verdictLog.close();
    },
  };
}

const LAST_LINES = 5_000;
const OF_NODE: readonly string[] = [BRIDGES, EDGE, HOST];
