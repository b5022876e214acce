import type { HostFirewall, HostPolicy } from '../../rules/host-firewall/host-firewall.ts';
import type { HostFirewallHealth } from '../protocol.ts';

/** When a trial that was begun ends, so that an agent that is started again neither begins it anew nor forgets it. */
export interface BegunTrial {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly until: number;
  /** It is over, whatever clocks say since. */
  readonly over?: true;
}

/** What the node's own ports are guarded by, at one moment. */
export interface HostDecision {
  readonly confirmed?: HostPolicy;
  /** Under way, with what is left of it. */
  readonly trial?: { readonly id: string; readonly policy?: HostPolicy; readonly left: number };
  /** To be kept: of a trial that is over, too, for as long as nobody confirms it or stores another. */
  readonly begun?: BegunTrial;
  /** Absent: no policy selects the node, and none is tried. */
  readonly health?: HostFirewallHealth;
}

/**
 * Whatever clocks do meanwhile, a trial lasts no longer than it may: what is left is at most its whole time.
 * @param now milliseconds since 1970
 */
export function decideHost(
  firewall: HostFirewall | undefined,
  before: BegunTrial | undefined,
  now: number,
): HostDecision {
  if (firewall === undefined) return {};
  const { confirmed, trial } = firewall;
  const kept = confirmed === undefined ? {} : { confirmed };
  const policies = confirmed?.policies ?? [];
  if (trial === undefined) return { ...kept, health: { state: 'confirmed', policies } };
  const tried = trial.policy?.policies ?? [];
  const whole = trial.seconds * 1_000;
  const same = before?.id === trial.id ? before : undefined;
  const until = Math.min(same?.until ?? Infinity, now + whole);
  if (same?.over || until <= now) {
    const begun = { id: trial.id, until, over: true } as const;
    return { ...kept, begun, health: { state: 'rolled-back', policies, tried, until } };
  }
  return {
    ...kept,
    begun: { id: trial.id, until },
    trial: { id: trial.id, ...(trial.policy && { policy: trial.policy }), left: until - now },
    health: { state: 'trial', policies: tried, tried, until },
  };
}
