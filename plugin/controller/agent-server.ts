import { constants } from 'node:crypto';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { Socket } from 'node:net';
import { LIMITS, TIMES } from '../config.ts';
import { Fault } from '../fault.ts';
import { toIdentity, type NodeCertificates, type NodeIdentity } from '../tls/certificates.ts';

export interface AgentServerOptions {
  readonly host: string;
  readonly port: number;
  readonly certificates: NodeCertificates;
  readonly onAgent: (socket: TLSSocket, identity: NodeIdentity) => void;
  readonly onRefused: (address: string, why: string) => void;
}

export interface AgentServer {
  readonly port: number;
  /** For new connections, after Swarm has renewed the certificate or rotated its CA. */
  renew(certificates: NodeCertificates): void;
  close(): Promise<void>;
}

/**
 * Lets in only bearers of a certificate that the Swarm's own CA signed for this cluster, as a manager or a worker.
 * No session tickets: each connection is checked against the CA of today.
 * @throws Fault `listen-failed`
 */
export async function listenForAgents(options: AgentServerOptions): Promise<AgentServer> {
  let { certificates } = options;
  const sockets = new Set<Socket>();
  const server = createServer({
    ...contextOf(certificates),
    requestCert: true,
    rejectUnauthorized: true,
    handshakeTimeout: TIMES.greeting,
    noDelay: true,
  });
  server.maxConnections = 65_536;

  const handshaking = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    const from = socket.remoteAddress;
    const same = [...sockets].filter((other) => other.remoteAddress === from).length;
    if (same >= LIMITS.connectionsPerAddress || handshaking.size >= LIMITS.pendingConnections) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    handshaking.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      handshaking.delete(socket);
    });
  });
  server.on('tlsClientError', (error, socket) => {
    options.onRefused(socket.remoteAddress ?? '', error.message);
    socket.destroy();
  });
  server.on('secureConnection', (socket) => {
    for (const raw of handshaking)
      if (raw.remotePort === socket.remotePort && raw.remoteAddress === socket.remoteAddress)
        handshaking.delete(raw);
    const identity = socket.authorized ? toIdentity(socket.getPeerCertificate().subject) : undefined;
    if (identity === undefined || identity.cluster !== certificates.identity.cluster) {
      options.onRefused(socket.remoteAddress ?? '', "not a node's certificate of this cluster");
      socket.destroy();
      return;
    }
    options.onAgent(socket, identity);
  });

  await listen(server, options);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    renew: (renewed) => {
      certificates = renewed;
      server.setSecureContext(contextOf(renewed));
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function contextOf({ key, cert, ca }: NodeCertificates) {
  return { key, cert, ca, minVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_TICKET } as const;
}

function listen(server: Server, { host, port }: AgentServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        new Fault('listen-failed', `can't listen on ${host}:${String(port)}: ${cause.message}`, { cause }),
      );
    });
    server.listen(port, host, () => {
      resolve();
    });
  });
}
