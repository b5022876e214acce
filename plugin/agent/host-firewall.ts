import { HOST_NETWORK, HOST_TABLE, hostProgram, trialSet } from '../../rules/host-firewall/host-program.ts';
import type { Step } from '../../rules/step.ts';
import { TIMES } from '../config.ts';
import type { Namespace } from '../kernel/namespace.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import type { Follow } from '../process/follow.ts';
import type { HostFirewallHealth } from '../protocol.ts';
import type { Enforcer } from './enforcer.ts';
import { HOST } from './flows/watched-tables.ts';
import { decideHost, type BegunTrial, type HostDecision } from './host-trial.ts';
import type { DroppingTable, TableDrops } from './table-drops.ts';
import { guardTable } from './table-guard.ts';

export interface HostFirewallOptions {
  readonly host: Namespace;
  readonly follow: Follow;
  readonly clock: Clock;
  readonly log: Log;
  readonly drops: TableDrops;
  readonly saved: BegunTrial | undefined;
  readonly onDrift: (what: string) => void;
  readonly onDirty: () => void;
}

/** The node's own ports: what node policies allow, what is tried, and the way back when nobody confirms it. */
export interface HostFirewallGuard extends Enforcer {
  state(): HostFirewallHealth | undefined;
  tables(): readonly DroppingTable[];
  /** For the state file. */
  begun(): BegunTrial | undefined;
}

const NAME = HOST_NETWORK;

export function guardHost(options: HostFirewallOptions): HostFirewallGuard {
  const { host, clock, log } = options;
  let decision: HostDecision = options.saved === undefined ? {} : { begun: options.saved };
  let cancel: () => void = () => undefined;
  const guard = guardTable({ ...options, name: NAME, table: HOST_TABLE, namespace: host });

  /** The kernel's own timer has ended it already: this is for the rules that nobody needs any more, and to tell. */
  function endLater({ trial }: HostDecision): void {
    cancel();
    if (trial !== undefined) cancel = clock.after(trial.left + TIMES.trialEnd, options.onDirty);
  }

  function tell(before: HostDecision, now: HostDecision): void {
    const [was, is] = [before.health?.state, now.health?.state];
    if (was === is && before.begun?.id === now.begun?.id) return;
    const about = { policies: now.health?.policies ?? [], confirmed: now.confirmed?.policies ?? [] };
    if (is === 'trial')
      log.warn(
        { ...about, seconds: (now.trial?.left ?? 0) / 1_000 },
        'node policies are tried: confirm, or they go',
      );
    else if (is === 'rolled-back')
      log.error(about, 'nobody confirmed the node policies: they were taken back');
    else log.info(about, 'node policies are confirmed');
  }

  return {
    distrust: guard.distrust,
    apply: async (policy, facts) => {
      if (facts === undefined || !policy.known) return;
      const now = decideHost(policy.hostFirewall, decision.begun, clock.now());
      tell(decision, now);
      decision = now;
      endLater(now);
      const program = hostProgram({
        ...now,
        swarmPorts: policy.hostFirewall?.swarmPorts ?? [],
        nodeAddresses: policy.nodeAddresses,
        published: facts.published,
      });
      await guard.apply(
        program === undefined ? [] : [program],
        now.trial === undefined ? [] : [begin(now.trial)],
      );
    },
    health: () => guard.health().map((health) => ({ ...health, denied: options.drops.count(NAME) })),
    tables: () =>
      guard.health().length === 0
        ? []
        : [
            {
              ...{ key: NAME, file: HOST, namespace: host, table: HOST_TABLE, name: 'denied', network: NAME },
              sets: ['denied', 'denied6'],
              owner: () => undefined,
            },
          ],
    state: () => decision.health,
    begun: () => decision.begun,
    stop: () => {
      cancel();
      guard.stop();
    },
  };
}

/** From now on the kernel counts: whatever becomes of this agent, the trial ends. */
function begin({ id, left }: { readonly id: string; readonly left: number }): Step {
  return {
    kind: 'time-elements',
    family: 'inet',
    table: HOST_TABLE,
    set: trialSet(id),
    elements: ['ipv4', 'ipv6'],
    seconds: Math.max(1, Math.ceil(left / 1_000)),
  };
}
