import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { listenForAgents, type AgentServer } from '../../../../plugin/controller/agent-server.ts';
import { Fault } from '../../../../plugin/fault.ts';
import { readCertificates, type NodeIdentity } from '../../../../plugin/tls/certificates.ts';
import { connectManager } from '../../../../plugin/tls/manager-connection.ts';
import { plainKey } from '../../../../plugin/tls/private-key.ts';
import { TestCa } from '../certificates.ts';

const MANAGER = '/O=cluster1/OU=swarm-manager/CN=node1';
const WORKER = '/O=cluster1/OU=swarm-worker/CN=node2';

describe("mutual TLS with Swarm's certificates", () => {
  let ca: TestCa;
  let otherCa: TestCa;
  let server: AgentServer;
  let manager: string;
  let accepted: NodeIdentity[];
  let refused: string[];

  before(() => {
    ca = new TestCa();
    otherCa = new TestCa();
    manager = ca.issue('manager', MANAGER);
  });
  after(() => {
    ca.remove();
    otherCa.remove();
  });
  beforeEach(async () => {
    accepted = [];
    refused = [];
    server = await serve(manager);
  });
  afterEach(() => server.close());

  async function serve(folder: string): Promise<AgentServer> {
    return listenForAgents({
      host: '127.0.0.1',
      port: 0,
      certificates: await readCertificates(folder),
      onAgent: (socket, identity) => {
        accepted.push(identity);
        socket.write('welcome\n');
      },
      onRefused: (_, why) => refused.push(why),
    });
  }

  /** What the controller says to an agent with these certificates. */
  async function dial(folder: string): Promise<string> {
    const socket = await connectManager('127.0.0.1', server.port, await readCertificates(folder));
    return new Promise((resolve, reject) => {
      socket.once('data', (data) => {
        resolve(data.toString());
        socket.destroy();
      });
      socket.once('error', reject);
      socket.once('close', () => {
        reject(new Error('closed'));
      });
    });
  }

  it('lets in workers and managers of this cluster, and knows who they are', async () => {
    assert.equal(await dial(ca.issue('worker', WORKER)), 'welcome\n');
    assert.equal(await dial(manager), 'welcome\n');
    assert.deepEqual(accepted, [
      { node: 'node2', role: 'worker', cluster: 'cluster1' },
      { node: 'node1', role: 'manager', cluster: 'cluster1' },
    ]);
  });

  for (const [what, subject] of [
    ['another cluster', '/O=cluster2/OU=swarm-worker/CN=node2'],
    ['no role', '/O=cluster1/CN=node2'],
    ['a role that is not Swarm’s', '/O=cluster1/OU=swarm-ca/CN=node2'],
    ['two roles', '/O=cluster1/OU=swarm-worker/OU=swarm-manager/CN=node2'],
    ['no node id', '/O=cluster1/OU=swarm-worker'],
  ] as const)
    it(`refuses a certificate of the CA with ${what}`, async () => {
      const worker = ca.issue('odd', subject);
      const { key, cert } = { key: keyOf(worker), cert: certOf(worker) };
      assert.equal(await rawDial({ key, cert }), 'closed');
      assert.deepEqual(accepted, []);
      assert.equal(refused.length, 1);
    });

  it('refuses the certificate of another CA with the right names, and none at all', async () => {
    const forged = otherCa.issue('forged', WORKER);
    assert.equal(await rawDial({ key: keyOf(forged), cert: certOf(forged) }), 'closed');
    assert.equal(await rawDial({}), 'closed');
    assert.deepEqual(accepted, []);
    assert.equal(refused.length, 2);
  });

  it('does not speak older TLS', async () => {
    const worker = ca.issue('old', WORKER);
    const old = { maxVersion: 'TLSv1.1', minVersion: 'TLSv1' } as const;
    assert.equal(await rawDial({ key: keyOf(worker), cert: certOf(worker), ...old }), 'closed');
  });

  it('is refused by agents when it is no manager, of another cluster, or of another CA', async () => {
    const worker = ca.issue('worker', WORKER);
    for (const impostor of [
      ca.issue('worker-as-manager', WORKER),
      ca.issue('other-cluster', MANAGER.replace('cluster1', 'cluster2')),
      otherCa.issue('other-ca', MANAGER, { trust: ca }),
    ]) {
      await server.close();
      server = await serve(impostor);
      await assert.rejects(dial(worker), (error) => error instanceof Fault && error.code === 'peer-refused');
    }
  });

  it('takes a renewed certificate for new connections', async () => {
    const renewed = otherCa.issue('renewed', MANAGER);
    server.renew(await readCertificates(renewed));
    assert.equal(await dial(otherCa.issue('worker', WORKER)), 'welcome\n');
    await assert.rejects(dial(ca.issue('worker', WORKER)));
  });

  function rawDial(options: object): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false, ...options });
      socket.once('data', (data) => {
        resolve(data.toString());
      });
      socket.once('error', () => {
        resolve('closed');
      });
      socket.once('close', () => {
        resolve('closed');
      });
    });
  }
});

describe("Swarm's key file", () => {
  const ca = new TestCa();
  after(() => {
    ca.remove();
  });

  it("is read with swarmkit's own headers in it", async () => {
    const folder = ca.issue('headers', MANAGER);
    const path = join(folder, 'swarm-node.key');
    const key = readFileSync(path, 'utf8');
    writeFileSync(path, key.replace('-----\n', '-----\nkek-version: 3\nraft-dek: EgsIABAB\n\n'));
    const { key: read, identity } = await readCertificates(folder);
    assert.equal(read, key);
    assert.equal(identity.node, 'node1');
  });

  it('says what it needs when it is locked', () => {
    const locked =
      '-----BEGIN ENCRYPTED PRIVATE KEY-----\nkek-version: 1\n\nMIH=\n-----END ENCRYPTED PRIVATE KEY-----\n';
    assert.throws(
      () => plainKey(locked, '/x/swarm-node.key'),
      (error) =>
        error instanceof Fault && error.code === 'certificate-locked' && /autolock/.test(error.message),
    );
  });

  it('is missing, or no certificate of a node', async () => {
    await assert.rejects(readCertificates('/nonexistent'), { code: 'certificate-missing' });
    const folder = ca.issue('plain', '/CN=somebody');
    await assert.rejects(readCertificates(folder), { code: 'certificate-invalid' });
    cpSync(join(folder, 'swarm-node.key'), join(folder, 'swarm-node.crt'));
    await assert.rejects(readCertificates(folder), { code: 'certificate-invalid' });
  });
});

function keyOf(folder: string): Buffer {
  return readFileSync(join(folder, 'swarm-node.key'));
}

function certOf(folder: string): Buffer {
  return readFileSync(join(folder, 'swarm-node.crt'));
}
