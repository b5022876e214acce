import type { TLSSocket } from 'node:tls';
import { LIMITS, TIMES } from '../config.ts';
import { Fault } from '../fault.ts';
import type { Clock } from '../process/clock.ts';
import {
  PROTOCOL_VERSION,
  type AgentMessage,
  type ControllerMessage,
  type FlowBatch,
  type FlowHistory,
  type NodeReport,
} from '../protocol.ts';
import type { NodeIdentity } from '../tls/certificates.ts';
import { jsonLines } from '../tls/json-lines.ts';
import { toAgentMessage } from './message-schema.ts';
import { createRateLimit } from './rate-limit.ts';

export interface AgentSession {
  readonly identity: NodeIdentity;
  readonly hello: Extract<AgentMessage, { type: 'hello' }> | undefined;
  readonly report: NodeReport | undefined;
  readonly subscribed: boolean;
  readonly queuedBytes: number;
  send(message: ControllerMessage): void;
  close(fault: Fault): void;
}

export interface AgentSessionEvents {
  readonly onReport: (session: AgentSession, before: NodeReport | undefined) => void;
  readonly onSubscribe: (session: AgentSession) => void;
  readonly onStarting: () => void;
  readonly onFlows: (session: AgentSession, batch: FlowBatch) => void;
  readonly onFlowHistory: (session: AgentSession, part: FlowHistory) => void;
  readonly onEnd: (session: AgentSession, fault: Fault) => void;
}

/** One agent's connection, from the controller's side: hello within its time, then reports at a bounded rate. */
export function openAgentSession(
  socket: TLSSocket,
  identity: NodeIdentity,
  clock: Clock,
  events: AgentSessionEvents,
): AgentSession {
  const mayTalk = createRateLimit(LIMITS.messagesPerSecond, LIMITS.messageBurst, () => clock.elapsed());
  let hello: AgentSession['hello'];
  let report: NodeReport | undefined;
  let subscribed = false;
  let heard = clock.elapsed();
  let pings = 0;
  let cancel: () => void;

  const lines = jsonLines(socket, {
    maxLineBytes: LIMITS.agentLineBytes,
    maxQueuedBytes: LIMITS.sendQueueBytes,
    onMessage: (value) => {
      if (!mayTalk()) throw new Fault('peer-invalid', 'the agent talks too much');
      heard = clock.elapsed();
      take(toAgentMessage(value));
    },
    onEnd: (fault) => {
      cancel();
      events.onEnd(session, fault);
    },
  });

  const session: AgentSession = {
    identity,
    get hello() {
      return hello;
    },
    get report() {
      return report;
    },
    get subscribed() {
      return subscribed;
    },
    get queuedBytes() {
      return lines.queuedBytes;
    },
    send: (message) => {
      lines.send(message);
    },
    close: (fault) => {
      lines.close(fault);
    },
  };

  function take(message: AgentMessage): void {
    if (message.type !== 'hello' && hello === undefined)
      throw new Fault('peer-invalid', 'the agent did not say hello first');
    switch (message.type) {
      case 'hello':
        if (message.protocol !== PROTOCOL_VERSION)
          throw new Fault('peer-invalid', `the agent speaks protocol ${String(message.protocol)}`);
        hello = message;
        lines.send({ type: 'welcome', protocol: PROTOCOL_VERSION, node: identity.node });
        return;
      case 'subscribe':
        if (!subscribed) {
          subscribed = true;
          events.onSubscribe(session);
        }
        return;
      case 'report': {
        const before = report;
        report = message.report;
        events.onReport(session, before);
        return;
      }
      case 'starting':
        events.onStarting();
        return;
      case 'flows':
        events.onFlows(session, message);
        lines.send({ type: 'flows-taken', batch: message.batch });
        return;
      case 'flow-history':
        events.onFlowHistory(session, message);
        return;
      case 'pong':
        return;
    }
  }

  function beat(): void {
    const silence = clock.elapsed() - heard;
    if (silence > TIMES.peerSilence || (hello === undefined && silence >= TIMES.greeting)) {
      lines.close(new Fault('peer-lost', `no word from the agent for ${String(silence)} ms`));
      return;
    }
    lines.send({ type: 'ping', n: (pings += 1) });
    cancel = clock.after(TIMES.ping, beat);
  }
  cancel = clock.after(TIMES.ping, beat);
  return session;
}
