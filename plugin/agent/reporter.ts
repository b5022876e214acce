import type { AgentHealth, NodeReport, VerdictLogLimits } from '../protocol.ts';
import type { DeniedFlows } from './denied-flows.ts';
import type { Enforcers } from './enforcers.ts';
import type { NodeFlows } from './flows/create-flows.ts';
import type { HealthRecord } from './health.ts';
import type { KeptAuthz } from './keep-authz.ts';
import { networkPrograms, nodeReport } from './report.ts';
import type { Surroundings } from './surroundings.ts';

export interface ReporterOptions {
  readonly health: HealthRecord;
  readonly surroundings: Surroundings;
  readonly enforcers: Enforcers;
  readonly denied: DeniedFlows;
  readonly authz: Pick<KeptAuthz, 'revision'>;
  readonly flows: Pick<NodeFlows, 'problem'>;
  readonly verdictLog: VerdictLogLimits;
  readonly send: (report: NodeReport) => void;
}

/** Tells the managers what is here and how it goes. */
export interface Reporter {
  /** When it is another report than the last one; nothing before the first look. */
  report(): void;
  /** The kernel holds this revision. */
  setApplied(revision: number): void;
  /**
   * The policy is of another manager, or of one that began anew: the same number means another policy, and is told
   * again.
   */
  restart(): void;
  /** Network ids of the last report. */
  readonly reported: ReadonlySet<string>;
  health(): AgentHealth;
}

export function createReporter(options: ReporterOptions): Reporter {
  const { surroundings, enforcers, denied } = options;
  const { networks, hostFirewall, underlay, inOrder } = enforcers;
  let applied = 0;
  let last: NodeReport | undefined;
  let reported: ReadonlySet<string> = new Set();

  function health(): AgentHealth {
    const programs = [
      ...networkPrograms(networks.list(), denied),
      ...inOrder.flatMap((enforcer) => enforcer.health()),
    ];
    const { revision: kept } = options.authz;
    const { problem } = options.flows;
    const guarded = hostFirewall.state();
    return {
      ...options.health.current(applied, programs, underlay.encryption),
      ...(kept === undefined ? {} : { authz: kept }),
      ...(guarded && { hostFirewall: guarded }),
      verdictLog: options.verdictLog,
      ...(problem === undefined ? {} : { noFlows: problem }),
    };
  }

  return {
    report: () => {
      const { facts } = surroundings;
      if (facts === undefined) return;
      const next = nodeReport(facts, networks.view, health(), underlay.addresses);
      if (JSON.stringify(next) === JSON.stringify(last)) return;
      last = next;
      reported = new Set(next.networks.map(({ network }) => network.id));
      options.send(next);
    },
    setApplied: (revision) => {
      applied = revision;
    },
    restart: () => {
      applied = 0;
      last = undefined;
    },
    get reported() {
      return reported;
    },
    health,
  };
}
