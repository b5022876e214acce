import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../fault.ts';
import { plainKey } from './private-key.ts';

export type NodeRole = 'manager' | 'worker';

/** Who a certificate of Swarm's own CA says its bearer is. */
export interface NodeIdentity {
  readonly node: string;
  readonly role: NodeRole;
  readonly cluster: string;
}

export interface NodeCertificates {
  readonly identity: NodeIdentity;
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

/** @throws Fault `certificate-missing`, `certificate-locked`, `certificate-invalid` */
export async function readCertificates(folder: string): Promise<NodeCertificates> {
  const [key, cert, ca] = (await Promise.all(
    ['swarm-node.key', 'swarm-node.crt', 'swarm-root-ca.crt'].map((name) => read(join(folder, name))),
  )) as [string, string, string];
  return { identity: identityOf(cert), key: plainKey(key, join(folder, 'swarm-node.key')), cert, ca };
}

/**
 * Also where the key is encrypted.
 * @throws Fault `certificate-missing`, `certificate-invalid`
 */
export async function readIdentity(folder: string): Promise<NodeIdentity> {
  return identityOf(await read(join(folder, 'swarm-node.crt')));
}

/** @throws Fault `certificate-invalid` */
function identityOf(pem: string): NodeIdentity {
  try {
    const identity = toIdentity(new X509Certificate(pem).toLegacyObject().subject);
    if (identity !== undefined) return identity;
  } catch (error) {
    throw new Fault('certificate-invalid', "Swarm's node certificate can't be read", { cause: error });
  }
  throw new Fault('certificate-invalid', "Swarm's node certificate has no role, node id or cluster id");
}

/** Undefined unless the subject has exactly one OU of a Swarm role, one CN and one O. */
export function toIdentity(subject: object | undefined): NodeIdentity | undefined {
  const { OU, CN, O } = (subject ?? {}) as Record<string, unknown>;
  if (typeof CN !== 'string' || typeof O !== 'string' || CN === '' || O === '') return undefined;
  if (OU === 'swarm-manager') return { node: CN, role: 'manager', cluster: O };
  if (OU === 'swarm-worker') return { node: CN, role: 'worker', cluster: O };
  return undefined;
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new Fault(
      'certificate-missing',
      `${path} can't be read: Swarmwall speaks with Swarm's own node certificate`,
      { cause: error, data: { path } },
    );
  }
}
