import type { FlowVerdict } from '../../../rules/flows/flow-record.ts';
import type { SeenFlow } from './reader-line.ts';
import { keepRecent } from './recent.ts';

export interface BegunFlows {
  begin(network: string, seen: SeenFlow): void;
  /** With the verdict and the way of its beginning, which conntrack does not tell; undefined: it is not remembered. */
  end(network: string, seen: SeenFlow): SeenFlow | undefined;
}

const MOST = 20_000;

/** Remembers how connections began, until many others have. */
export function rememberBegun(): BegunFlows {
  const begun = keepRecent<Pick<SeenFlow, 'verdict' | 'way'>>(MOST);
  return {
    begin: (network, seen) => {
      // Others have no end: one of the same ends and port is of a connection that was let through.
      if (!passes(seen.verdict)) return;
      begun.set(keyOf(network, seen), { verdict: seen.verdict, way: seen.way });
    },
    end: (network, seen) => {
      const how = begun.get(keyOf(network, seen));
      return how && { ...seen, ...how };
    },
  };
}

/** What is counted by connections, and by packets when those end. */
export function passes(verdict: FlowVerdict): boolean {
  return verdict === 'allowed' || verdict === 'would-deny';
}

function keyOf(network: string, { source, destination, protocol, port }: SeenFlow): string {
  return `${network} ${source} ${destination} ${String(protocol)} ${String(port)}`;
}
