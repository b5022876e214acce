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
import type { NetworkGuard } from '../network-guard.ts';
import type { GuardedFile } from '../network-guards.ts';
import { rememberBegun } from './begun-flows.ts';
import { startFlowReader } from './flow-reader.ts';
import type { Flows, TakeRecords } from './index.ts';
import type { KernelLosses } from './kernel-losses.ts';
import { createFlowNamer, type FlowNames } from './name-flow.ts';
import { createOwnReasons, type OwnReasonSources } from './own-reasons.ts';
import { createPace } from './pace.ts';
import type { LossLine, ReaderLine, SeenFlow } from './reader-line.ts';
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
  /** What is lost before it is read; its counters come with each poll. */
  readonly kernel: KernelLosses;
  /** The node's health is another one now. */
  readonly onProblem: () => void;
}

export interface NodeFlows extends Flows {
  /** From now on; again is no harm. To be called before its program is loaded. */
  watchGuarded(one: GuardedFile): void;
  /** What is guarded now; all else is let go, as a socket would keep its namespace. */
  keepOnly(enforcers: Watchable & Pick<Enforcers, 'networks'>): void;
  /** The kernel's counters have been read: all that they count is to be found in what the reader says. */
  polled(): void;
  /** Why no flow is recorded. */
  readonly problem: string | undefined;
  stop(): Promise<void>;
}

interface Watched {
  readonly file: string;
  readonly watch: number;
  readonly network: Network;
  /** Another guard of the same file is another namespace's. */
  readonly guard: NetworkGuard | undefined;
}

/** From the kernel's log to records with names: for who follows, and on disk. */
export function createFlows(options: FlowsOptions): NodeFlows {
  const { config, clock, log, hostname, kernel } = options;
  const watched = new Map<string, Watched>();
  const watches = new Map<number, Watched>();
  const takers = new Set<TakeRecords>();
  /** Those of no namespace that is known any more among the unread. */
  const losses = { unread: 0, crowded: 0, ends: 0 };
  /** The reader's answer to it is waited for. */
  let question: number | undefined;
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
    version: config.version,
    onLine: takeLine,
    onProblem: options.onProblem,
  });

  function takeLine(line: ReaderLine): void {
    if (line.kind === 'hello') return;
    if (line.kind === 'synced') {
      if (line.question === question) tellUnread(kernel.settle());
      return;
    }
    const found = watches.get(line.watch);
    if (line.kind === 'ends') losses.ends += line.count;
    if (line.kind === 'unread' || line.kind === 'crowded') takeLoss(line, found);
    if (found === undefined) return;
    if (line.kind === 'flow') kernel.read(found.file, line.verdict, line.count);
    if (line.kind === 'flow' || line.kind === 'end') takeFlow(found.network, line);
  }

  function takeLoss({ kind, verdict, count }: LossLine, found: Watched | undefined): void {
    if (kind === 'crowded' || found === undefined) losses[kind] += count;
    if (found !== undefined) kernel[kind === 'crowded' ? 'read' : 'miss'](found.file, verdict, count);
    const network = found?.network.name;
    log.warn({ network, verdict, count }, 'packets with a verdict came too fast to be recorded');
  }

  function tellUnread(count: number): void {
    if (count > 0) log.warn({ count }, 'packets with a verdict were not read from the kernel');
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
    const named = nameFlow(sum.network.id, sum);
    const port = named.port ?? sum.port;
    // Without spreads, each of which makes an object: there may be thousands at once.
    const record: FlowRecord = {
      first: sum.first,
      last: sum.last,
      node: hostname(),
      network: named.network ?? sum.network.name,
      direction: named.direction,
      source: named.source,
      destination: named.destination,
      protocol: protocolName(sum.protocol),
      ...(port > 0 ? { port } : undefined),
      verdict: sum.verdict,
      mode: named.mode,
      connections: sum.connections,
      packets: sum.packets,
      bytes: sum.bytes,
    };
    const reason = OF_NODE.includes(sum.network.id) ? reasonOf(record) : undefined;
    return reason === undefined ? record : { ...record, reason };
  }

  function watch(
    file: string,
    path: string,
    { id, name }: Network,
    { place, guard }: { readonly place?: LogPlace; readonly guard?: NetworkGuard },
  ): void {
    const known = watched.get(file);
    if (known?.network.id === id && known.guard === guard) return;
    end(file);
    const found = { file, watch: reader.watch(path, place), network: { id, name }, guard };
    watches.set(found.watch, found);
    watched.set(file, found);
  }

  function end(file: string): void {
    const found = watched.get(file);
    if (found === undefined) return;
    reader.unwatch(found.watch);
    watched.delete(file);
    // Its last lines may be on their way.
    clock.after(LAST_LINES, () => {
      if (watches.get(found.watch) === found) watches.delete(found.watch);
    });
  }

  return {
    watchGuarded: ({ file, namespace, guard, isNew }) => {
      if (isNew) kernel.isNew(file);
      watch(file, namespace.path ?? '-', guard.network, { guard });
    },
    keepOnly: (enforcers) => {
      const kept = new Set(enforcers.networks.list().map(({ file }) => file));
      for (const table of watchedTables(enforcers)) {
        kept.add(table.id);
        watch(table.id, '-', table, { place: table.place });
      }
      for (const file of [...watched.keys()]) if (!kept.has(file)) end(file);
    },
    polled: () => {
      kernel.ask();
      question = reader.sync();
    },
    get problem() {
      return reader.problem;
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
      limited: kernel.limited,
      unread: losses.unread + kernel.unread,
      crowded: losses.crowded + sums.crowded.packets,
      unwritten: verdictLog.unwritten,
      ends: losses.ends + sums.crowded.ends,
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
