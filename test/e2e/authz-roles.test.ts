import assert from 'node:assert/strict';
import { AuthzPlugin } from '../lab/authz-plugin.ts';
import { eventually } from '../lab/eventually.ts';
import { createLab, type Lab } from '../lab/lab.ts';
import type { RunResult } from '../lab/process.ts';
import { makeCertificates, tlsClient, TLS_OPTIONS } from '../lab/tls.ts';
import { Agents } from './agents.ts';

const SECRET = 'hunter2-Zq9';
const stack = (env: string) => `version: '3.8'
services:
  web:
    image: swarmwall/demo:1
    command: [tcp/80]
    networks: [net]
    environment: { DB_PASSWORD: ${env}, COLOUR: green }
networks:
  net: { driver: overlay }
`;
const POLICIES = `kind: RoleBinding
name: shop-team
stack: shop
role: { kind: ClusterRole, name: edit }
subjects: [{ kind: User, name: alice }]
---
kind: ClusterRoleBinding
name: admins
role: { kind: ClusterRole, name: cluster-admin }
subjects: [{ kind: Group, pattern: ops-* }]
---
kind: AuditPolicy
name: everything
rules: [{ level: RequestResponse }]
`;
const FOLDER = '/var/lib/swarmwall';

describe('roles of a real engine with client certificates', () => {
  let lab: Lab;
  let agents: Agents;
  let plugin: AuthzPlugin;

  before(async () => {
    lab = await createLab({ prefix: `swg-${process.pid}`, nodes: 1 });
    const { manager } = lab;
    makeCertificates(manager, ['alice', 'bob', 'ops-1']);
    await manager.stopEngine();
    manager.engineOptions = TLS_OPTIONS;
    await manager.startEngine();
    await lab.swarm();
    agents = new Agents(lab);
    await agents.start();
    plugin = new AuthzPlugin(manager);
    await plugin.start();
    await plugin.enable();
    manager.writeFile('/root/policies.yaml', POLICIES);
    manager.writeFile('/root/stack.yaml', stack(SECRET));
  });
  after(() => lab.destroy());

  const docker = (who: string, ...args: readonly string[]): Promise<RunResult> =>
    lab.manager.docker([...tlsClient(who), ...args], { reject: false });
  const deploy = (who: string, name: string): Promise<RunResult> =>
    docker(who, 'stack', 'deploy', '--resolve-image', 'never', '-c', '/root/stack.yaml', name);
  const swarmwall = (...args: readonly string[]): Promise<RunResult> =>
    lab.manager.run('swarmwall', args, { reject: false });
  const allowed = ({ exitCode, stderr }: RunResult): void => assert.equal(exitCode, 0, stderr);
  const refused = ({ exitCode, stderr }: RunResult, why: RegExp): void => {
    assert.notEqual(exitCode, 0);
    assert.match(stderr, why);
  };

  it('change nothing until a binding is stored', async () => {
    allowed(await docker('bob', 'node', 'ls'));
    const { stdout } = await swarmwall('auth', 'whoami', '--as', 'bob');
    assert.match(stdout, /ClusterRole cluster-admin \(built-in\) by built-in:cluster-admin/u);
  });

  it('are in force on the node when policy apply ends', async () => {
    const applied = await swarmwall('policy', 'apply', '-f', '/root/policies.yaml');
    allowed(applied);
    const { clusterPolicies, nodes } = await agents.controller();
    assert.deepEqual(
      nodes.map(({ authz }) => authz),
      [clusterPolicies.authz.revision],
    );
    // The plugin follows its file.
    await eventually(async () => refused(await docker('bob', 'node', 'ls'), /authorization denied/u));
  });

  it('let a team deploy its stack and no other, with a clear message', async () => {
    allowed(await deploy('alice', 'shop'));
    allowed(await deploy('alice', 'shop'));
    allowed(await docker('alice', 'stack', 'ps', 'shop'));
    allowed(await docker('alice', 'stack', 'services', 'shop'));
    const other = await deploy('alice', 'bank');
    refused(other, /no role lets "alice" (?:list|create) \w+.*\[role\/none\]/u);
    refused(
      await docker('alice', 'service', 'ls'),
      /no role lets "alice" list services, which is of no stack/u,
    );
    refused(await docker('alice', 'node', 'ls'), /no role lets "alice" list nodes/u);
    allowed(await deploy('ops-1', 'bank'));
    refused(
      await docker('alice', 'service', 'update', '--detach', '--env-add', 'A=1', 'bank_web'),
      /no role lets "alice" get services "bank_web" of stack "bank"/u,
    );
    refused(
      await docker(
        'alice',
        'service',
        'create',
        '--detach',
        '--no-resolve-image',
        ...['--label', 'com.docker.stack.namespace=shop'],
        ...['--network', 'bank_net', 'swarmwall/demo:1'],
      ),
      /(?:use|get) networks "bank_net" of stack "bank"/u,
    );
    const services = await lab.manager.docker(['service', 'ls', '--format', '{{.Name}}']);
    assert.deepEqual(services.stdout.trim().split('\n').sort(), ['bank_web', 'shop_web']);
  });

  it('say the same when asked', async () => {
    const can = async (...args: readonly string[]): Promise<number | undefined> =>
      (await swarmwall('auth', 'can-i', ...args)).exitCode;
    assert.equal(await can('create', 'services', '--stack', 'shop', '--as', 'alice'), 0);
    assert.equal(await can('create', 'services', '--stack', 'bank', '--as', 'alice'), 1);
    const explained = await swarmwall('auth', 'explain', 'DELETE', '/services/bank_web', '--as', 'alice');
    assert.equal(explained.exitCode, 1);
    assert.match(explained.stdout, /✗ delete services "bank_web" in stack bank: no role grants it/u);
  });

  it('leave the local socket what it had, and the way to take it away is refused', async () => {
    await lab.manager.docker(['node', 'ls']);
    lab.manager.writeFile(
      '/root/lock.yaml',
      'kind: ClusterRoleBinding\nname: admins\nrole: { kind: ClusterRole, name: view }\nsubjects: [{ kind: LocalSocket }]\n',
    );
    const locked = await swarmwall('policy', 'apply', '-f', '/root/lock.yaml');
    assert.equal(locked.exitCode, 2);
    assert.match(locked.stderr, /nobody could change policies any more; nothing was changed/u);
  });

  it('are written to the audit log, who did what and whose rule decided, and no secret', async () => {
    const made = ['secret', 'create', '--label', 'com.docker.stack.namespace=shop', 'db', '-'];
    await lab.manager.run('sh', [
      '-c',
      `printf ${SECRET} | docker "$@"`,
      'sh',
      ...tlsClient('alice'),
      ...made,
    ]);
    await eventually(async () => {
      const { stdout } = await lab.manager.run('cat', [`${FOLDER}/audit/audit.jsonl`]);
      const lines = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      const find = (more: Record<string, unknown>): Record<string, unknown> | undefined =>
        lines.find((line) => Object.entries(more).every(([key, value]) => line[key] === value));
      const created = find({
        user: 'alice',
        operation: 'ServiceCreate',
        name: 'shop_web',
        decision: 'allow',
      });
      assert.deepEqual(
        [created?.['stack'], (created?.['by'] as { binding: string }).binding],
        ['shop', 'shop-team'],
      );
      assert.match(JSON.stringify(created?.['body']), /DB_PASSWORD=\[redacted\]/u);
      assert.match(JSON.stringify(created?.['body']), /COLOUR=green/u);
      assert.equal(find({ id: created?.['id'], stage: 'response' })?.['status'], 201);
      assert.ok(
        find({ user: 'alice', resource: 'services', name: 'bank_web', decision: 'deny', stack: undefined }),
      );
      assert.ok(find({ user: 'alice', operation: 'SecretCreate', name: 'db', stack: 'shop' }));
      assert.ok(find({ user: '@socket', operation: 'NodeList', decision: 'allow' }));
      assert.ok(!stdout.includes(SECRET) && !stdout.includes(Buffer.from(SECRET).toString('base64')));
    });
  });

  it('that are damaged on disk leave the local socket what it reads, until the agent makes them good', async () => {
    await agents.killAgent(lab.manager);
    await plugin.stop();
    lab.manager.writeFile(`${FOLDER}/authz-policy.json`, '{');
    await plugin.start();
    refused(await docker('ops-1', 'node', 'ls'), /the authorization policy of this node cannot be read/u);
    await lab.manager.docker(['node', 'ls']);
    refused(await lab.manager.docker(['network', 'create', 'x'], { reject: false }), /\[role\/none\]/u);
    await agents.startAgent(lab.manager);
    await eventually(async () => allowed(await docker('ops-1', 'node', 'ls')), 60_000);
    allowed(await deploy('alice', 'shop'));
  });
});
