import { portName } from '../flows/flow-names.ts';
import type { FlowRecord } from '../flows/flow-record.ts';
import { BoundedMap } from './bounded-map.ts';
import { endName, isRefused, peerName } from './flow-words.ts';
import { MEMORY, type Thresholds } from './thresholds.ts';

/** full: the service has more peers than are remembered, so nothing of it is new any more. */
export type Familiarity = 'learning' | 'known' | 'new' | 'full';

export interface Baseline {
  /** Whether its source service reached that peer and port before; from now on it has. */
  observe(record: FlowRecord, at: number): Familiarity;
  readonly forgotten: number;
}

interface Habits {
  readonly since: number;
  /** Of each peer, its ports, and whether they were ever reached; `all`: too many to tell. */
  readonly peers: Map<string, Map<string, boolean> | 'all'>;
}

/** What each service does of itself. Others than services come and go, and are not learnt. */
export function learnBaseline({ learning }: Thresholds): Baseline {
  const services = new BoundedMap<Habits>(MEMORY.sources);

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

  return {
    observe: (record, at) => {
      if (record.source.kind !== 'service') return 'known';
      const habits = services.at(endName(record.source), () => ({ since: at, peers: new Map() }));
      const found = isNew(habits, record);
      if (at - habits.since < learning) return 'learning';
      if (found === 'full') return 'full';
      return found ? 'new' : 'known';
    },
    get forgotten() {
      return services.forgotten;
    },
  };
}
