import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { cli, inFolder, MONITORING, SHOP } from './fake-io.ts';

const PODS = `apiVersion: v1
kind: Pod
metadata: { name: web.v1, namespace: x, labels: { app: web } }
spec: { containers: [{ name: web, image: nginx }, { name: log, image: log }] }
status: { podIP: 10.0.0.5 }
---
apiVersion: v1
kind: Pod
metadata: { name: db, namespace: y }
spec: { containers: [{ name: db, image: pg, ports: [{ containerPort: 5432, name: pg }] }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: p, namespace: y }
spec: { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: 10.0.0.0/24 } }], ports: [{ port: pg }] }] }
`;

describe('swarmwall k8s import', () => {
  it('writes a file for each namespace, which other commands read', () =>
    inFolder({ 'm.yaml': PODS }, async (cwd) => {
      const ran = await cli(['k8s', 'import', 'm.yaml', '-o', 'out/stacks'], { cwd });
      assert.deepEqual([ran.exitCode, ran.stdout], [0, 'out/stacks/x.yaml\nout/stacks/y.yaml\n']);
      assert.match(ran.stderr, /^m\.yaml:1:1 warning name-fitted /mu);
      assert.match(ran.stderr, /warning not-imported x\/web\.v1 has 2 containers/u);
      assert.match(ran.stderr, /warning block-means-service a block holds the address of x\/web\.v1/u);
      const files = ['-c', 'out/stacks/y.yaml', '--with', 'x=out/stacks/x.yaml'];
      assert.equal((await cli(['can', ...files, 'x/web-v1', 'db:pg'], { cwd })).exitCode, 0);
      assert.equal((await cli(['can', ...files, 'x/web-v1', 'db:5433'], { cwd })).exitCode, 1);
    }));

  it('leaves pods out of blocks when told so', () =>
    inFolder({ 'm.yaml': PODS }, async (cwd) => {
      const ran = await cli(['k8s', 'import', 'm.yaml', '--ipblock-workloads=off'], { cwd });
      assert.equal(ran.exitCode, 0);
      assert.doesNotMatch(ran.stdout, /service: x\/web-v1/u);
      assert.equal(ran.stdout.split('\n---\n').length, 2);
    }));

  it('keeps what is there, unless forced, and writes nothing then', () =>
    inFolder({ 'm.yaml': PODS, 'y.yaml': 'mine' }, async (cwd) => {
      const ran = await cli(['k8s', 'import', 'm.yaml', '-o', '.'], { cwd });
      assert.deepEqual([ran.exitCode, ran.stdout], [2, '']);
      assert.match(ran.stderr, /error: y\.yaml: already there/u);
      assert.deepEqual((await readdir(cwd)).sort(), ['m.yaml', 'y.yaml']);
      assert.equal((await cli(['k8s', 'import', 'm.yaml', '-o', '.', '--force'], { cwd })).exitCode, 0);
      assert.match(await readFile(join(cwd, 'y.yaml'), 'utf8'), /^# Namespace/u);
      // The same again is no loss.
      assert.equal((await cli(['k8s', 'import', 'm.yaml', '-o', '.'], { cwd })).exitCode, 0);
    }));

  it('refuses a policy whose kind is misspelt, and writes nothing without it', () =>
    inFolder({ 'm.yaml': PODS.replace('kind: NetworkPolicy', 'kind: Networkpolicy') }, async (cwd) => {
      const ran = await cli(['k8s', 'import', 'm.yaml', '-o', '.'], { cwd });
      assert.deepEqual([ran.exitCode, ran.stdout], [2, '']);
      assert.match(ran.stderr, /^m\.yaml:13:7 error unknown-kind "Networkpolicy" /mu);
      assert.deepEqual(await readdir(cwd), ['m.yaml']);
      assert.equal((await cli(['k8s', 'validate', 'm.yaml'], { cwd })).exitCode, 2);
    }));

  it('refuses what it cannot keep, as JSON too', () =>
    inFolder({ 'm.yaml': PODS.replace('app: web', 'swarmwall.ingress: web') }, async (cwd) => {
      const ran = await cli(['k8s', 'import', '--json', 'm.yaml', '-o', 'out'], { cwd });
      assert.equal(ran.exitCode, 2);
      const { error } = ran.json<{ error: { code: string; diagnostics: { code: string }[] } }>();
      assert.equal(error.code, 'bad-files');
      assert.ok(error.diagnostics.some(({ code }) => code === 'reserved-label'));
      assert.deepEqual(await readdir(cwd), ['m.yaml']);
    }));

  it('gives JSON', async () => {
    const ran = await cli(['k8s', 'import', '--json', '-'], { stdin: PODS });
    const { stacks } = ran.json<{ stacks: { stack: string; text: string }[] }>();
    assert.deepEqual(
      stacks.map(({ stack }) => stack),
      ['x', 'y'],
    );
  });
});

describe('swarmwall k8s export', () => {
  const files = { 'compose.yaml': SHOP, 'monitoring.yaml': MONITORING };
  const both = ['-c', 'compose.yaml', '--with', 'monitoring=monitoring.yaml'];

  it('writes manifests that validate, and that import again', () =>
    inFolder(files, async (cwd) => {
      const ran = await cli(['k8s', 'export', ...both], { cwd });
      assert.equal(ran.exitCode, 0);
      assert.match(ran.stderr, /warning world-means-pods a rule means the world/u);
      assert.equal((await cli(['k8s', 'validate', '-'], { stdin: ran.stdout })).exitCode, 0);
      await writeFile(join(cwd, 'm.yaml'), ran.stdout);
      assert.equal((await cli(['k8s', 'import', 'm.yaml', '-o', 'back'], { cwd })).exitCode, 0);
      const again = ['-c', 'back/shop.yaml', '--with', 'monitoring=back/monitoring.yaml'];
      for (const [from, to, exitCode] of [
        ['monitoring/prometheus', 'api:9090', 0],
        ['cron', 'db:5432', 1],
        ['world', 'web:8080', 0],
        ['world', 'db:5432', 1],
      ] as const)
        assert.equal((await cli(['can', ...again, from, to], { cwd })).exitCode, exitCode, `${from} ${to}`);
    }));

  it('excepts the pods from the world, and an import finds the world again', () =>
    inFolder(files, async (cwd) => {
      const ran = await cli(['k8s', 'export', ...both, '--pod-cidr', '10.244.0.0/16'], { cwd });
      assert.deepEqual([ran.exitCode, ran.stderr], [0, '']);
      assert.match(ran.stdout, /except:\n\s+- "10\.244\.0\.0\/16"/u);
      const back = await cli(['k8s', 'import', '-'], { stdin: ran.stdout });
      assert.match(back.stdout, /- world: true/u);
    }));

  it('gives one List as JSON', () =>
    inFolder(files, async (cwd) => {
      const ran = await cli(['k8s', 'export', '--json', ...both], { cwd });
      const { kind, items } = ran.json<{ kind: string; items: { kind: string }[] }>();
      assert.equal(kind, 'List');
      const count = (wanted: string) => items.filter((item) => item.kind === wanted).length;
      assert.deepEqual(['Namespace', 'Deployment', 'Service', 'NetworkPolicy'].map(count), [2, 5, 1, 9]);
    }));

  it('refuses what Kubernetes cannot say', async () => {
    const audit = `${SHOP}x-swarmwall: { mode: audit }\n`;
    const ran = await cli(['k8s', 'export', '-c', '-'], { stdin: audit });
    assert.deepEqual([ran.exitCode, ran.stdout], [2, '']);
    assert.match(ran.stderr, /error audit-mode the stack "shop" is in audit mode/u);
    for (const cidr of ['10.0.0.1', '0.0.0.0/0', 'x'])
      assert.equal(
        (await cli(['k8s', 'export', '-c', '-', '--pod-cidr', cidr], { stdin: SHOP })).exitCode,
        2,
      );
  });
});
