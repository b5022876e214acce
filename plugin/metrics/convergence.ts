import { Histogram } from 'prom-client';
import type { Clock } from '../process/clock.ts';
import type { Metrics } from './registry.ts';

export const CONVERGENCE_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

export interface Convergence {
  /** The revision that was sent to a node, and the one that its kernel holds: call it after each message to it and each word of it. */
  observe(node: string, sent: number, held: number): void;
  /** It takes no policy from here any more. */
  forget(node: string): void;
}

/** How long it takes from a policy's way to a node until its kernel holds it. */
export function measureConvergence(metrics: Metrics, clock: Pick<Clock, 'elapsed'>): Convergence {
  const under = new Map<string, { readonly target: number; readonly since: number }>();
  const taken = new Histogram({
    name: 'swarmwall_convergence_seconds',
    help: "From a policy's change being sent to a node until that node's kernel holds it.",
    buckets: CONVERGENCE_BUCKETS,
    registers: [metrics.registry],
  });
  metrics.read(
    'swarmwall_convergence_pending_seconds',
    'How long the node that is waited for longest has been behind; 0: none is.',
    () => Math.max(0, ...[...under.values()].map(({ since }) => clock.elapsed() - since)) / 1_000,
  );

  return {
    observe: (node, sent, held) => {
      const waiting = under.get(node);
      if (waiting !== undefined && held >= waiting.target) {
        taken.observe((clock.elapsed() - waiting.since) / 1_000);
        under.delete(node);
      }
      if (sent > held && !under.has(node)) under.set(node, { target: sent, since: clock.elapsed() });
    },
    forget: (node) => {
      under.delete(node);
    },
  };
}
