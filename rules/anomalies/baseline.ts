import { portName } from '../flows/flow-names.ts';
import type { FlowRecord } from '../flows/flow-record.ts';
import { BoundedMap } from './bounded-map.ts';
import { endName, isRefused, peerName } from './flow-words.ts';
import type { SavedHabits, SavedPeer } from './saved-habits.ts';
import { MEMORY, type Thresholds } from './thresholds.ts';

/** full: the service has more peers than are remembered, so nothing of it is new any more. */
export type Familiarity = 'learning' | 'known' | 'new' | 'full';

export interface Baseline {
  /** Whether its source service reached that peer and port before; from now on it has. */
  observe(record: FlowRecord, at: number): Familiarity;
  /** From what was earlier than all that was observed. */
  learn(record: FlowRecord): void;
  /** What was used last comes first. */
  saved(): Iterable<SavedHabits>;
  /** Before anything is observed. */
  recall(saved: SavedHabits, now: number): void;
  /** How often something was learnt. */
  readonly learnt: number;
  readonly forgotten: number;
}

interface Habits {
  since: number;
  /** Of each peer, its ports, and whether they were ever reached; `all`: too many to tell. */
  readonly peers: Map<string, Map<string, boolean> | 'all'>;
  /** Peers and ports that were added to it. */
  size: number;
}

/** What each service does of itself. Others than services come and go, and are not learnt. */
export function learnBaseline({ learning }: Thresholds): Baseline {
  const services = new BoundedMap<Habits>(MEMORY.sources);
  let learnt = 0;
  /** At the most: of what was forgotten meanwhile it holds some. */
  let total = 0;
  let tooMany = 0;

  function isNew({ peers }: Habits, record: FlowRecord): boolean | 'full' {
    const peer = peerName(record.destination);
    const [port, reached] = [portName(record), !isRefused(record)];
    const ports = peers.get(peer);
    if (ports === 'all') return false;
    if (ports === undefined) {
      if (peers.size >= MEMORY.peers) return 'full';
      peers.set(peer, new Map([[port, reached]]));
      return true;
    }
    const before = ports.get(port);
    if (before === true || (before === false && !reached)) return false;
    if (before === undefined && ports.size >= MEMORY.ports) peers.set(peer, 'all');
    else ports.set(port, reached);
    return true;
  }

  function add(
    record: FlowRecord,
    at: number,
  ): { readonly habits: Habits; readonly found: boolean | 'full' } {
    const habits = services.at(endName(record.source), () => ({ since: at, peers: new Map(), size: 0 }));
    const found = isNew(habits, record);
    if (found === true) {
      learnt += 1;
      grow(habits, 1);
    }
    return { habits, found };
  }

  function grow(habits: Habits, by: number): void {
    habits.size += by;
    total += by;
    if (total <= MEMORY.habits) return;
    total = 0;
    for (const { size } of services.values()) total += size;
    if (total > MEMORY.habits) forgetLargest();
  }

  /** Not the one that was used least: an agent that makes services up must not push out those that are. */
  function forgetLargest(): void {
    let [name, most] = ['', 0];
    for (const [service, { size }] of services.entries()) if (size > most) [name, most] = [service, size];
    services.delete(name);
    total -= most;
    tooMany += 1;
  }

  return {
    observe: (record, at) => {
      if (record.source.kind !== 'service') return 'known';
      const { habits, found } = add(record, at);
      if (at - habits.since < learning) return 'learning';
      if (found === 'full') return 'full';
      return found ? 'new' : 'known';
    },
    learn: (record) => {
      if (record.source.kind !== 'service') return;
      const { habits } = add(record, record.last);
      habits.since = Math.min(habits.since, record.last);
    },
    saved: function* () {
      for (const [service, { since, peers }] of services.entries().toReversed())
        yield { service, since, peers: [...peers].map(savedPeer) };
    },
    recall: ({ service, since, peers }, now) => {
      // By a clock that was ahead, it would be learning for longer than it should.
      const habits: Habits = {
        since: Math.min(since, now),
        peers: new Map(peers.map(recalledPeer)),
        size: 0,
      };
      services.set(service, habits);
      grow(
        habits,
        peers.reduce((sum, [, reached = [], refused = []]) => sum + 1 + reached.length + refused.length, 0),
      );
    },
    get learnt() {
      return learnt;
    },
    get forgotten() {
      return services.forgotten + tooMany;
    },
  };
}

function savedPeer([peer, ports]: readonly [string, Map<string, boolean> | 'all']): SavedPeer {
  if (ports === 'all') return [peer];
  const those = (wanted: boolean) =>
    [...ports].flatMap(([port, reached]) => (reached === wanted ? port : []));
  return [peer, those(true), those(false)];
}

function recalledPeer([peer, reached, refused]: SavedPeer): [string, Map<string, boolean> | 'all'] {
  if (reached === undefined) return [peer, 'all'];
  const refusals = (refused ?? []).map((port) => [port, false] as const);
  return [peer, new Map([...refusals, ...reached.map((port) => [port, true] as const)])];
}
