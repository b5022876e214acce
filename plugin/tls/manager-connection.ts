import { connect, type TLSSocket } from 'node:tls';
import { TIMES } from '../config.ts';
import { Fault } from '../fault.ts';
import { toIdentity, type NodeCertificates } from './certificates.ts';

/**
 * Connects to a manager's controller and checks that it is one: a certificate of the Swarm's CA, for this cluster,
 * with the manager's OU and name.
 * @throws Fault `peer-lost` (nobody there), `peer-refused` (somebody else, or it does not want us)
 */
export function connectManager(
  host: string,
  port: number,
  { key, cert, ca, identity }: NodeCertificates,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      key,
      cert,
      ca,
      minVersion: 'TLSv1.2',
      servername: 'swarm-manager',
      rejectUnauthorized: true,
      timeout: TIMES.greeting,
    });
    const fail = (fault: Fault): void => {
      socket.destroy();
      reject(fault);
    };
    socket.once('error', (cause: NodeJS.ErrnoException) => {
      const lost = cause.syscall !== undefined;
      fail(
        new Fault(lost ? 'peer-lost' : 'peer-refused', `${host}:${String(port)}: ${cause.message}`, {
          cause,
        }),
      );
    });
    socket.once('timeout', () => {
      fail(new Fault('peer-lost', `${host}:${String(port)} does not answer`));
    });
    socket.once('secureConnect', () => {
      const peer = toIdentity(socket.getPeerCertificate().subject);
      if (peer?.role !== 'manager' || peer.cluster !== identity.cluster) {
        fail(new Fault('peer-refused', `${host}:${String(port)} is no manager of this cluster`));
        return;
      }
      socket.setTimeout(0);
      socket.removeAllListeners('error').removeAllListeners('timeout');
      socket.setNoDelay(true);
      socket.setKeepAlive(true, TIMES.ping);
      resolve(socket);
    });
  });
}
