import assert from 'node:assert/strict';
import { DEFAULT_SETTINGS } from '../../../compose-ext/index.ts';
import { describe, it } from 'mocha';
import type { ClusterModel, ControllerStatus } from '../../../plugin/api/types.ts';
import type { Answer } from '../../../plugin/cli/can/answer.ts';
import { group, policy, documents } from '../plugin/policy-store/policies.ts';
import type { Connection as Edge } from '../../../rules/connectivity.ts';
import { cli, inFolder, SHOP } from './fake-io.ts';
import { inTree, POD, POLICY } from './manifest-files.ts';

const FILES = {
  'compose.yaml': SHOP,
  'admin.yaml': policy('no-db', { port: 5432 }),
  'office.yaml': policy('office-only', { port: 8080, action: 'Allow', group: 'office' }),
  'group.yaml': group('office', '203.0.113.0/24'),
  'labelled.yaml': SHOP.replace('world:8080', 'group:ofice:8080'),
};
const PORTS = (...ports: readonly number[]) =>
  POLICY('x', 'some', { podSelector: {}, ingress: [{ ports: ports.map((port) => ({ port })) }] });
const PODS = [POD('x', 'a'), POD('x', 'b')].join('\n---\n');
const MANIFESTS = {
  ...{ 'm/pods.yaml': PODS, 'm/policy.json': PORTS(80, 443) },
  ...{ 'less/pods.yaml': PODS, 'less/policy.json': PORTS(443) },
};
const ask = (...argv: readonly string[]) => inFolder(FILES, (cwd) => cli(argv, { cwd }));
const ON = ['-c', 'compose.yaml', '--policies'] as const;

describe('--policies', () => {
  it('judges with cluster policies that no stack has', async () => {
    assert.equal((await ask('can', '-c', 'compose.yaml', 'api', 'db:5432')).exitCode, 0);
    const ran = await ask('can', ...ON, 'admin.yaml', 'api', 'db:5432');
    assert.equal(ran.exitCode, 1);
    assert.match(ran.stdout, /ingress: denied by cluster policy no-db \(admin\.yaml:6:5\)/u);
    assert.match(
      (await ask('explain', ...ON, 'admin.yaml', 'api', 'db:5432')).stdout,
      /no-db \(admin\.yaml:6:5\)/u,
    );
  });

  it('may be repeated, for a group that a policy refers to', async () => {
    const alone = await ask('can', ...ON, 'office.yaml', 'api', 'web:8080');
    assert.equal(alone.exitCode, 2);
    assert.match(alone.stderr, /office\.yaml:6:\d+ error unknown-group there is no CIDR group "office"/u);
    const both = ['office.yaml', '--policies', 'group.yaml'] as const;
    assert.equal((await ask('can', ...ON, ...both, '203.0.113.7', 'web:8080')).exitCode, 0);
    assert.equal((await ask('can', ...ON, ...both, 'api', 'web:8080')).exitCode, 1);
  });

  it('shows in connectivity and in plan, and changes a diff', async () => {
    for (const command of [['connectivity'], ['plan']]) {
      const before = await ask(...command, '-c', 'compose.yaml');
      const after = await ask(...command, ...ON, 'admin.yaml');
      assert.equal(after.exitCode, 0, after.stderr);
      assert.ok(before.stdout.includes('5432') && !after.stdout.includes('5432'), after.stdout);
    }
  });

  it('holds for manifests, their probes and their diff too', () =>
    inTree({ ...MANIFESTS, 'admin.yaml': policy('no-http', { port: 80 }) }, async (cwd) => {
      const K8S = ['--k8s', 'm', '--policies', 'admin.yaml'];
      const printed = (await cli(['connectivity', ...K8S, '--json'], { cwd })).json<{
        connections: Edge[];
      }>();
      const edge = printed.connections.find(({ from, to }) => from === 'x/a' && to === 'x/b');
      assert.deepEqual(edge?.ports, [{ protocol: 'tcp', port: 443 }]);
      const probes = JSON.stringify([{ src: 'x/a', dst: 'x/b', protocol: 'TCP', port: 80 }]);
      const asked = await cli(['connectivity', ...K8S, '--probes', '-'], { cwd, stdin: probes });
      assert.match(asked.stdout, /denied +not-isolated +denied +cluster policy no-http \(admin\.yaml:6:5\)/u);
      const diff = ['diff', '--k8s', 'm', 'less'];
      assert.equal((await cli(diff, { cwd })).exitCode, 1);
      const changed = await cli([...diff, '--policies', 'admin.yaml'], { cwd });
      assert.deepEqual([changed.exitCode, changed.stdout], [0, 'no change of reachability\n']);
    }));

  it('lets lint find groups that labels misspell, and mistakes in the policies themselves', async () => {
    assert.equal((await ask('lint', 'labelled.yaml')).stdout.includes('unknown-group'), false);
    const ran = await ask('lint', 'labelled.yaml', '--policies', 'group.yaml');
    assert.equal(ran.exitCode, 2);
    assert.match(ran.stdout, /labelled\.yaml:8:\d+ error unknown-group there is no CIDR group "ofice"/u);
    assert.match(ran.stdout, /Did you mean "office"\?/u);
    const bad = await ask('lint', 'compose.yaml', '--policies', 'compose.yaml');
    assert.match(bad.stdout, /compose\.yaml:1:1 error missing-key "kind" is missing/u);
  });

  it('is of files only: the live cluster has its own, by which it is judged', async () => {
    const refused = await cli(['can', 'shop/api', 'shop/db:5432', '--policies', 'x.yaml']);
    assert.match(refused.stderr, /--policies need -c FILE/u);
    const [document] = documents(policy('no-db', { port: 5432 }));
    assert.ok(document?.kind === 'policy');
    const service = (name: string) => ({
      ...{ key: `shop/${name}`, stack: 'shop', name, labels: {}, ports: [], policies: [] },
    });
    const model: ClusterModel = {
      ...{ revision: 1, stacks: [], networks: [], nodes: [], problems: [], groups: [] },
      services: [service('api'), service('db')],
      clusterPolicies: [document.policy],
    };
    const status: ControllerStatus = {
      ...{ role: 'controller', version: '0', hostname: 'n', state: 'serving', revision: 1, nodes: [] },
      annotatedNetworks: [],
      clusterPolicies: {
        policies: 1,
        groups: 0,
        settings: DEFAULT_SETTINGS,
        authz: { revision: 'none', documents: 0 },
        versions: { 'no-db': 1 },
        problems: [],
      },
    };
    const world = {
      getApi: <T>(_: string, path: string) => Promise.resolve((path.endsWith('model') ? model : status) as T),
    };
    const ran = await cli(['can', 'shop/api', 'shop/db:5432', '--json'], { world });
    assert.equal(ran.json<Answer>().allowed, false);
    assert.equal(
      (await cli(['can', 'shop/api', 'shop/db:80', '--json'], { world })).json<Answer>().allowed,
      true,
    );
    const names = await cli(['__complete', 'policy', 'show', 'no'], { world });
    assert.match(names.stdout, /^no-db$/mu);
  });
});
