import { connect, type TLSSocket } from 'node:tls';
import {
  MAX_LINE_BYTES,
  PROTOCOL_VERSION,
  type AgentMessage,
  type ControllerMessage,
  type LocalNetwork,
  type NodeReport,
} from '../../plugin/protocol.ts';
import { jsonLines } from '../../plugin/tls/json-lines.ts';
import type { NodeCertificates } from '../../plugin/tls/certificates.ts';

export interface SimulatedAgent {
  readonly close: () => void;
}

export interface SimulatedAgentOptions {
  readonly certificates: NodeCertificates;
  readonly port: number;
  /** Of its own in 127.0.0.0/8: a controller takes few connections from one address. */
  readonly localAddress: string;
  readonly hostname: string;
  readonly networks: readonly LocalNetwork[];
  readonly onPolicy: (revision: number) => void;
}

/** Speaks as an agent does and acknowledges at once: no kernel behind it. */
export async function simulateAgent(options: SimulatedAgentOptions): Promise<SimulatedAgent> {
  const socket = await dial(options);
  const send = (message: AgentMessage): void => {
    lines.send(message);
  };
  const lines = jsonLines(socket, {
    maxLineBytes: MAX_LINE_BYTES,
    maxQueuedBytes: MAX_LINE_BYTES,
    onMessage: (value) => {
      const message = value as ControllerMessage;
      if (message.type === 'ping') send({ type: 'pong', n: message.n });
      if (message.type === 'welcome') {
        send({ type: 'report', report: reportOf(options.networks, 0) });
        send({ type: 'subscribe' });
      }
      if (message.type !== 'snapshot' && message.type !== 'delta') return;
      send({ type: 'report', report: reportOf(options.networks, message.revision) });
      options.onPolicy(message.revision);
    },
    onEnd: () => undefined,
  });
  send({
    type: 'hello',
    protocol: PROTOCOL_VERSION,
    version: 'bench',
    hostname: options.hostname,
    engine: '28.5.2',
  });
  return {
    close: () => {
      socket.destroy();
    },
  };
}

function dial({ certificates, port, localAddress }: SimulatedAgentOptions): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const { key, cert, ca } = certificates;
    const socket = connect({
      ...{ host: '127.0.0.1', port, localAddress, key, cert, ca },
      servername: 'swarm-manager',
      minVersion: 'TLSv1.2',
    });
    socket.setNoDelay(true);
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      socket.removeListener('error', reject);
      resolve(socket);
    });
  });
}

function reportOf(networks: readonly LocalNetwork[], revision: number): NodeReport {
  return {
    networks,
    addresses: [],
    health: {
      revision,
      mode: 'enforcing',
      programs: [],
      encrypted: [],
      driftRepaired: 0,
      encryption: 'available',
      startedAt: 1,
    },
  };
}
