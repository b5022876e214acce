import type { SeenFlow } from './reader-line.ts';

export interface BegunFlows {
  begin(network: string, seen: SeenFlow): void;
  /** With the verdict and the way of its beginning, which conntrack does not tell; undefined: it is not remembered. */
  end(network: string, seen: SeenFlow): SeenFlow | undefined;
}

const MOST = 20_000;

/** Remembers how connections began, until many others have. */
export function rememberBegun(): BegunFlows {
  const begun = new Map<string, Pick<SeenFlow, 'verdict' | 'way'>>();
  return {
    begin: (network, seen) => {
      const key = keyOf(network, seen);
      begun.delete(key);
      begun.set(key, { verdict: seen.verdict, way: seen.way });
      const [oldest] = begun.keys();
      if (begun.size > MOST && oldest !== undefined) begun.delete(oldest);
    },
    end: (network, seen) => {
      const how = begun.get(keyOf(network, seen));
      return how && { ...seen, ...how };
    },
  };
}

function keyOf(network: string, { source, destination, protocol, port }: SeenFlow): string {
  return `${network} ${source} ${destination} ${String(protocol)} ${String(port)}`;
}
