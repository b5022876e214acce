import type { Anomaly } from './anomaly.ts';
import { BoundedMap } from './bounded-map.ts';
import { seconds } from './finding.ts';
import { MEMORY, type Thresholds } from './thresholds.ts';

/** A node as a manager sees it. */
export interface NodePresence {
  readonly id: string;
  readonly hostname: string;
  readonly address: string;
  /** connected: its agent speaks. missing: Swarm has the node up, and no agent speaks. down: so says Swarm. */
  readonly state: 'connected' | 'missing' | 'down';
}

export interface SilentNodes {
  /** `elapsed` is told by a clock that nobody sets, `at` in milliseconds since 1970. */
  observe(nodes: readonly NodePresence[], elapsed: number, at: number): readonly Anomaly[];
}

interface Heard {
  readonly last: number;
  readonly told: boolean;
}

/** A node that reported once, and is up, and reports no more: once until it is back. One that is down or gone is Swarm's to tell. */
export function findSilentNodes({ silence }: Thresholds): SilentNodes {
  const heard = new BoundedMap<Heard>(MEMORY.nodes);

  function look(
    node: NodePresence,
    elapsed: number,
    at: number,
    nodes: readonly NodePresence[],
  ): readonly Anomaly[] {
    const { id, hostname, address, state } = node;
    const before = heard.get(id);
    // One that comes up again has its time to speak.
    if (state === 'connected' || (state === 'down' && before !== undefined)) {
      heard.set(id, { last: elapsed, told: false });
      return [];
    }
    if (before === undefined || before.told || elapsed - before.last < silence) return [];
    heard.set(id, { ...before, told: true });
    const since = at - (elapsed - before.last);
    const count = Math.round(seconds(elapsed - before.last));
    const speaking = nodes.filter((other) => other.state === 'connected').length;
    return [
      {
        kind: 'silent-node',
        at,
        summary: `${hostname} is up, and its agent has been silent for ${count} s`,
        source: { kind: 'node', name: hostname, addresses: [address] },
        nodes: [hostname],
        evidence: {
          ...{ count, threshold: seconds(silence), unit: 'seconds', windowSeconds: seconds(silence) },
          ...{ first: since, last: at, samples: [`${speaking} of ${nodes.length} nodes report`] },
        },
      },
    ];
  }

  return {
    observe: (nodes, elapsed, at) => nodes.flatMap((node) => look(node, elapsed, at, nodes)),
  };
}
