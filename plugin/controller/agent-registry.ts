import type { TLSSocket } from 'node:tls';
import { TIMES } from '../config.ts';
import { Fault } from '../fault.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import type { NodeReport } from '../protocol.ts';
import type { NodeIdentity } from '../tls/certificates.ts';
import { openAgentSession, type AgentSession, type AgentSessionEvents } from './agent-session.ts';
import type { NodeWord, NodeWords } from './load-balancers.ts';
import { recordParted, type PartedAgents } from './parted-agents.ts';

export interface AgentRegistryOptions extends Pick<AgentSessionEvents, 'onFlows' | 'onFlowHistory'> {
  readonly clock: Clock;
  readonly log: Log;
  /** What an agent has on its node changed or is about to, or an agent came or went. */
  readonly onChange: () => void;
  /** Any report, changed or not. */
  readonly onReport: (session: AgentSession) => void;
  readonly onSubscribe: (session: AgentSession) => void;
  readonly onEnd: (session: AgentSession) => void;
}

export interface AgentRegistry {
  accept(socket: TLSSocket, identity: NodeIdentity): void;
  /** By node. */
  sessions(): ReadonlyMap<string, AgentSession>;
  /** Of those that are here, and of those that went. */
  words(): NodeWords;
  readonly parted: Pick<PartedAgents, 'since' | 'forgetOthers'>;
  closeAll(): void;
}

/** The agents that are connected: one session a node, the newest. */
export function createAgentRegistry(options: AgentRegistryOptions): AgentRegistry {
  const { clock, log } = options;
  const sessions = new Map<string, AgentSession>();
  const parted = recordParted(clock);

  function reportChanged(session: AgentSession, before: NodeReport | undefined): void {
    options.onReport(session);
    const { report } = session;
    if (
      JSON.stringify(before?.networks) !== JSON.stringify(report?.networks) ||
      before?.addresses.join() !== report?.addresses.join() ||
      statesOf(before) !== statesOf(report)
    )
      options.onChange();
  }

  return {
    accept: (socket, identity) => {
      sessions.get(identity.node)?.close(new Fault('peer-lost', 'the node connected anew'));
      const session = openAgentSession(socket, identity, clock, {
        onReport: reportChanged,
        onSubscribe: options.onSubscribe,
        onStarting: options.onChange,
        onFlows: options.onFlows,
        onFlowHistory: options.onFlowHistory,
        onEnd: (ended, fault) => {
          log.info({ node: identity.node, code: fault.code, why: fault.message }, 'agent is gone');
          if (sessions.get(identity.node) === ended) sessions.delete(identity.node);
          if (ended.report !== undefined) {
            parted.part(identity.node, ended.report);
            clock.after(TIMES.loadBalancerGrace + 100, options.onChange);
          }
          options.onEnd(ended);
          options.onChange();
        },
      });
      sessions.set(identity.node, session);
      log.info({ node: identity.node, role: identity.role, from: socket.remoteAddress }, 'agent is here');
      options.onChange();
    },
    sessions: () => sessions,
    parted,
    words: () => {
      const words = new Map<string, NodeWord>();
      for (const { node, report, gone } of parted.list()) words.set(node, wordOf(report, gone));
      for (const [node, { report }] of sessions)
        if (report !== undefined) words.set(node, wordOf(report, false));
      return words;
    },
    closeAll: () => {
      for (const session of [...sessions.values()])
        session.close(new Fault('peer-lost', 'the controller stops'));
    },
  };
}

function wordOf(report: NodeReport, gone: boolean): NodeWord {
  return { networks: enforced(report), addresses: report.addresses, gone };
}

/** The networks whose program is in that node's kernel. */
function enforced({ networks, health }: NodeReport): NodeReport['networks'] {
  const applied = new Set(
    health.programs.flatMap(({ network, state }) => (state === 'applied' && network ? [network] : [])),
  );
  return networks.filter(({ network }) => applied.has(network.id));
}

function statesOf(report: NodeReport | undefined): string {
  return (report?.health.programs ?? []).map(({ network, state }) => `${network ?? ''} ${state}`).join();
}
