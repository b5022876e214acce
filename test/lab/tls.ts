import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LabNode } from './node.ts';

const FOLDER = '/etc/docker/tls';
const PORT = 2376;

/** An authority of its own, and a certificate for each name, as files of the node: `alice.pem`, `alice-key.pem`, `ca.pem`. */
export function makeCertificates(node: LabNode, names: readonly string[]): void {
  const folder = mkdtempSync(join(tmpdir(), 'tls-'));
  const openssl = (...args: readonly string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  try {
    openssl(
      'req',
      '-x509',
      ...key,
      '-days',
      '2',
      '-subj',
      '/CN=lab',
      '-keyout',
      'ca-key.pem',
      '-out',
      'ca.pem',
    );
    writeFileSync(join(folder, 'server.ext'), 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n');
    writeFileSync(join(folder, 'client.ext'), 'extendedKeyUsage=clientAuth\n');
    for (const name of ['server', ...names]) {
      openssl(
        'req',
        ...key,
        '-subj',
        `/O=lab/CN=${name}`,
        '-keyout',
        `${name}-key.pem`,
        '-out',
        `${name}.csr`,
      );
      const extensions = name === 'server' ? 'server.ext' : 'client.ext';
      const signed = ['-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial', '-days', '2'];
      openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-extfile', extensions, '-out', `${name}.pem`);
      for (const file of [`${name}.pem`, `${name}-key.pem`])
        node.writeFile(`${FOLDER}/${file}`, readFileSync(join(folder, file), 'utf8'));
    }
    node.writeFile(`${FOLDER}/ca.pem`, readFileSync(join(folder, 'ca.pem'), 'utf8'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** For dockerd: it asks everybody on TCP for a certificate. */
export const TLS_OPTIONS: readonly string[] = [
  ...[`--host=tcp://127.0.0.1:${PORT}`, '--tlsverify', `--tlscacert=${FOLDER}/ca.pem`],
  ...[`--tlscert=${FOLDER}/server.pem`, `--tlskey=${FOLDER}/server-key.pem`],
];

/** For docker, as the bearer of a certificate. */
export function tlsClient(name: string): readonly string[] {
  return [
    ...['--host', `tcp://127.0.0.1:${PORT}`, '--tlsverify', '--tlscacert', `${FOLDER}/ca.pem`],
    ...['--tlscert', `${FOLDER}/${name}.pem`, '--tlskey', `${FOLDER}/${name}-key.pem`],
  ];
}
