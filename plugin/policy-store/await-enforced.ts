import { lagOf } from '../api/lag.ts';
import type { ControllerStatus } from '../api/types.ts';
import type { Settled } from '../deploy/settle.ts';
import type { Clock } from '../process/clock.ts';
import type { PolicyWrite } from './plan-writes.ts';

export interface AwaitOptions {
  readonly clock: Clock;
  /** Milliseconds. */
  readonly within: number;
  readonly say: (text: string) => void;
}

const POLL = 50;

/** Waits until every node that this controller feeds has in its kernel what was written. */
export async function awaitEnforced(
  status: () => Promise<ControllerStatus | undefined>,
  writes: readonly PolicyWrite[],
  { clock, within, say }: AwaitOptions,
): Promise<Settled> {
  const end = clock.elapsed() + within;
  for (;;) {
    const now = await status();
    if (now === undefined) return { state: 'no-controller' };
    const behind = waitingFor(now, writes);
    if (behind.length === 0) return { state: 'settled', nodes: now.nodes, behind };
    if (clock.elapsed() >= end) return { state: 'timed-out', nodes: now.nodes, behind };
    say(`waiting: ${behind[0] ?? ''}`);
    await new Promise<void>((resolve) => void clock.after(POLL, resolve));
  }
}

/** The versions that a controller tells of are those that its revision has in it. */
function waitingFor(
  { state, reason, clusterPolicies, nodes }: ControllerStatus,
  writes: readonly PolicyWrite[],
): readonly string[] {
  if (state === 'waiting') return [`the controller ${reason ?? 'waits'}`];
  const unread = writes.filter(({ name, version }) => (clusterPolicies.versions[name] ?? 0) < version);
  if (unread.length > 0)
    return unread.map(({ name, version }) => `the controller has not read version ${version} of ${name} yet`);
  const { authz } = clusterPolicies;
  return [
    ...nodes.flatMap((node) => lagOf(node) ?? []),
    ...nodes
      .filter((node) => node.state === 'connected' && node.authz !== authz.revision)
      .map(({ hostname }) => `${hostname} does not keep the authorization policy ${authz.revision} yet`),
  ];
}
