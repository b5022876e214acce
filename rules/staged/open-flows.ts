import { BoundedMap } from '../anomalies/bounded-map.ts';
import { endName, targetName } from '../flows/flow-names.ts';
import type { FlowRecord } from '../flows/flow-record.ts';

/** Which connections between services may still be open: began on a node, and no end was seen there since. */
export interface OpenFlows {
  /** In any order. */
  note(flow: FlowRecord): void;
  /** `shop/web → shop/db:5432/tcp` */
  names(): readonly string[];
}

interface Times {
  readonly name: string;
  begun: number;
  ended: number;
}

/**
 * Records tell when connections begin, and of how many packets they were when they end; of several that go on at a time the first end hides the
 * others. What is outside is left out, as the ends of its connections are not always told.
 */
export function createOpenFlows(most: number): OpenFlows {
  const known = new BoundedMap<Times>(most);
  return {
    note: (flow) => {
      const { node, source, destination, protocol, port, direction, verdict } = flow;
      if (verdict !== 'allowed' && verdict !== 'would-deny') return;
      if (source.service === undefined || destination.service === undefined) return;
      const key = JSON.stringify([node, direction, source.service, destination.service, protocol, port]);
      const times = known.at(key, () => ({
        name: `${endName(source)} → ${targetName(flow)}`,
        begun: 0,
        ended: 0,
      }));
      if (flow.connections > 0) times.begun = Math.max(times.begun, flow.first);
      if (flow.packets > 0) times.ended = Math.max(times.ended, flow.last);
    },
    names: () => [
      ...new Set([...known.values()].flatMap(({ name, begun, ended }) => (begun > ended ? name : []))),
    ],
  };
}
