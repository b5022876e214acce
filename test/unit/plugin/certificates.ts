import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A Swarm's CA, made for a test, with the certificates that its nodes would have. */
export class TestCa {
  readonly folder = mkdtempSync(join(tmpdir(), 'swarmwall-ca-'));

  constructor() {
    const subject = ['-x509', '-days', '2', '-subj', '/CN=swarm-ca'];
    openssl(['req', ...newKey(join(this.folder, 'ca.key')), ...subject, '-out', join(this.folder, 'ca.crt')]);
  }

  /** A folder as Swarm's `certificates`: node key, node certificate, CA. */
  issue(name: string, subject: string, options: { trust?: TestCa } = {}): string {
    const folder = mkdtempSync(join(this.folder, `${name}-`));
    const [request, extensions] = [join(folder, 'request'), join(folder, 'extensions')];
    const names = /OU=swarm-manager/.test(subject) ? 'DNS:swarm-manager' : 'DNS:swarm-worker';
    writeFileSync(extensions, `subjectAltName=${names}\nextendedKeyUsage=clientAuth,serverAuth\n`);
    openssl(['req', ...newKey(join(folder, 'swarm-node.key')), '-subj', subject, '-out', request]);
    const ca = ['-CA', join(this.folder, 'ca.crt'), '-CAkey', join(this.folder, 'ca.key'), '-CAcreateserial'];
    const out = ['-days', '1', '-extfile', extensions, '-out', join(folder, 'swarm-node.crt')];
    openssl(['x509', '-req', '-in', request, ...ca, ...out]);
    const trusted = readFileSync(join((options.trust ?? this).folder, 'ca.crt'));
    writeFileSync(join(folder, 'swarm-root-ca.crt'), trusted);
    return folder;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function newKey(out: string): readonly string[] {
  return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', out];
}

function openssl(args: readonly string[]): void {
  execFileSync('openssl', [...args], { stdio: 'ignore' });
}
