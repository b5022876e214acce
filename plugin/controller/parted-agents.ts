import { TIMES } from '../config.ts';
import type { Clock } from '../process/clock.ts';
import type { NodeReport } from '../protocol.ts';

/** The agents that went, with their last words: of each node of the Swarm, the last one. */
export interface PartedAgents {
  part(node: string, report: NodeReport): void;
  /** Of all but these: nodes that are not in the Swarm any more. */
  forgetOthers(nodes: Iterable<string>): void;
  /** Milliseconds since 1970; undefined when none was seen. */
  since(node: string): number | undefined;
  list(): readonly { readonly node: string; readonly report: NodeReport; readonly gone: boolean }[];
}

export function recordParted(clock: Clock): PartedAgents {
  const parted = new Map<
    string,
    { readonly report: NodeReport; readonly at: number; readonly began: number }
  >();
  return {
    part: (node, report) => {
      parted.set(node, { report, at: clock.now(), began: clock.elapsed() });
    },
    forgetOthers: (nodes) => {
      const known = new Set(nodes);
      for (const node of parted.keys()) if (!known.has(node)) parted.delete(node);
    },
    since: (node) => parted.get(node)?.at,
    list: () =>
      [...parted].map(([node, { report, began }]) => ({
        ...{ node, report },
        gone: clock.elapsed() - began > TIMES.loadBalancerGrace,
      })),
  };
}
