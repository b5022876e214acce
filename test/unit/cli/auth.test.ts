import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { around } from '../rules/authz/roles/cases.ts';
import { cli, type RunOptions } from './fake-io.ts';
import { fakeSwarm } from './fake-swarm.ts';

const POLICIES = ['--policies', 'examples/policies/authorization'];
const auth = (argv: readonly string[], options: RunOptions = {}) => cli(['auth', ...argv], options);
const offline = (...argv: readonly string[]) => auth([...argv, ...POLICIES]);

describe('swarmwall auth can-i', () => {
  it('says which binding and rule allow it, and ends with 0, 1 or 2', async () => {
    const yes = await offline('can-i', 'create', 'services', '--stack', 'shop', '--as', 'alice');
    assert.equal(yes.exitCode, 0);
    assert.match(
      yes.stdout,
      /^yes: binding shop-team \(examples\/.*roles\.yaml:\d+\) in stack shop, rule 4 of ClusterRole stack-admin/u,
    );
    const no = await offline('can-i', 'create', 'services', '--stack', 'bank', '--as', 'alice');
    assert.deepEqual(
      [no.exitCode, no.stdout],
      [1, 'no: nothing lets "alice" create services in stack bank\n'],
    );
    const nowhere = await offline('can-i', 'list', 'services', '--as', 'alice');
    assert.match(nowhere.stdout, /in stack shop it may: --stack shop/u);
    const wrong = await offline('can-i', 'creat', 'service', '--as', 'alice');
    assert.equal(wrong.exitCode, 2);
    assert.match(wrong.stderr, /Did you mean create\? Did you mean services\?/u);
    const idle = await offline('can-i', 'prune', 'services', '--as', 'alice');
    assert.match(idle.stderr, /"prune" is nothing that one can do to services[^]*list, get, create/u);
  });

  it('prints JSON', async () => {
    const ran = await offline(
      'can-i',
      'update',
      'services',
      '--name',
      'bank_web',
      '--stack',
      'bank',
      '--as',
      'night-1',
      '--json',
    );
    const { allowed, as, by } = ran.json<{
      allowed: boolean;
      as: string;
      by: { binding: { name: string }; rule: number };
    }>();
    assert.deepEqual([allowed, as, by.binding.name, by.rule], [true, 'night-1', 'night-shift', 0]);
  });

  it('asks what is stored in the swarm', async () => {
    const fake = fakeSwarm();
    const world = { connectSwarm: () => Promise.resolve(fake.swarm), author: () => 'a@b' };
    const asked = () => auth(['can-i', 'delete', 'nodes', '--as', 'alice'], { world });
    assert.match((await asked()).stdout, /^yes: binding built-in:cluster-admin, rule 1/u);
    await cli(['policy', 'apply', '-f', 'examples/policies/authorization', '--no-wait'], { world });
    assert.equal((await asked()).exitCode, 1);
    const ops = await auth(['can-i', 'delete', 'nodes', '--as', 'ops-7'], { world });
    assert.match(ops.stdout, /binding admins \(swarmwall-policy\.admins\.v1:\d+\)/u);
  });

  it('shows the mistakes of the files', async () => {
    const ran = await auth(['can-i', 'get', 'nodes', '--policies', '-'], {
      stdin:
        'kind: ClusterRoleBinding\nname: b\nrole: { kind: ClusterRole, name: viewer }\nsubjects: [{ kind: LocalSocket }]\n',
    });
    assert.equal(ran.exitCode, 2);
    assert.match(
      ran.stderr,
      /unknown-role there is no ClusterRole called "viewer"[^]*Did you mean "view"\?/u,
    );
  });
});

describe('swarmwall auth whoami', () => {
  it('is the local socket, or the CN of the certificate that docker would show', async () => {
    const local = await offline('whoami');
    assert.match(
      local.stdout,
      /^the local socket \(the unix socket \/var\/run\/docker\.sock\)\n(?: {2}.*\n)* {2}ClusterRole break-glass \(built-in\)/u,
    );
    const folder = await mkdtemp(join(tmpdir(), 'cert-'));
    try {
      execFileSync(
        'openssl',
        [
          ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'],
          ...[
            '-subj',
            '/O=shop/CN=alice',
            '-keyout',
            join(folder, 'key.pem'),
            '-out',
            join(folder, 'cert.pem'),
          ],
        ],
        { stdio: 'ignore' },
      );
      const env = { DOCKER_HOST: 'tcp://manager:2376', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder };
      const remote = await auth(['whoami', ...POLICIES, '--json'], { env });
      const { user, roles } = remote.json<{ user: string; roles: { binding: string }[] }>();
      assert.equal(user, 'alice');
      assert.deepEqual(
        roles.map(({ binding }) => binding),
        ['shop-team', 'shop-team-shares', 'built-in:everybody'],
      );
      const plain = await auth(['whoami', ...POLICIES], { env: { DOCKER_HOST: 'tcp://manager:2375' } });
      assert.match(
        plain.stdout,
        /^the local socket \(no certificate is shown to tcp:\/\/manager:2375, and without one/u,
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('swarmwall auth explain', () => {
  const service = (stack: string, task: object = {}) =>
    JSON.stringify({
      Name: `${stack}_web`,
      Labels: { 'com.docker.stack.namespace': stack },
      TaskTemplate: task,
    });
  const explain = (body: string, ...more: readonly string[]) =>
    auth(
      ['explain', 'POST', '/v1.41/services/create', '--body', '-', '--as', 'alice', ...POLICIES, ...more],
      { stdin: body },
    );

  it('takes a request the whole way', async () => {
    const good = await explain(service('shop'));
    assert.equal(good.exitCode, 0, good.stdout);
    assert.match(good.stdout, /✓ create services "shop_web" in stack shop: binding shop-team/u);
    const other = await explain(service('bank'));
    assert.equal(other.exitCode, 1);
    assert.match(
      other.stdout,
      /✗ create services "bank_web" in stack bank: no role grants it[^]*\nrefused\n$/u,
    );
    const mount = { ContainerSpec: { Mounts: [{ Type: 'bind', Source: '/', Target: '/host' }] } };
    const admission = await explain(service('shop', mount));
    assert.equal(admission.exitCode, 1);
    assert.match(admission.stdout, /Admission\n {2}✗ .*\[admission\/[a-z-]+, teams\]/u);
  });

  it('says what cannot be read in one way only', async () => {
    const ran = await explain('{"Name":"x","name":"y"}', '--json');
    assert.equal(ran.exitCode, 1);
    assert.match(ran.json<{ refused: { code: string } }>().refused.code, /^decode\//u);
  });

  it('looks up at the engine whose a thing is', async () => {
    const fake = fakeSwarm();
    const world = {
      connectSwarm: () => Promise.resolve(fake.swarm),
      author: () => 'a@b',
      surroundings: () => Promise.resolve(around({ 'services/web': 'shop' })),
    };
    await cli(['policy', 'apply', '-f', 'examples/policies/authorization', '--no-wait'], { world });
    const ran = await auth(['explain', 'DELETE', '/services/web', '--as', 'alice'], { world });
    assert.equal(ran.exitCode, 0);
    assert.match(ran.stdout, /✓ delete services "web" in stack shop/u);
  });
});
