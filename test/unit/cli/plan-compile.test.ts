import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { parse } from 'yaml';
import { BAD, cli, inFolder, MONITORING, SHOP } from './fake-io.ts';

const FILES = { 'compose.yaml': SHOP, 'monitoring.yaml': MONITORING };
const BOTH = ['-c', 'compose.yaml', '--with', 'monitoring=monitoring.yaml'];

describe('swarmwall plan', () => {
  it('shows the segments, and who could talk to whom', () =>
    inFolder(FILES, async (cwd) => {
      const ran = await cli(['plan', ...BOTH], { cwd });
      assert.equal(ran.exitCode, 0);
      assert.match(ran.stdout, /^SEGMENT +OF +REACH +WIRE +SERVICES$/mu);
      assert.match(ran.stdout, /^sw-api-web-[0-9a-f]{8} +shop +world +encrypted +api web$/mu);
      assert.match(ran.stdout, /^sw-x-\S+ +both stacks +\S+ +encrypted +monitoring\/prometheus api$/mu);
      assert.match(
        ran.stdout,
        /^FROM \\ TO +web +api +db +cron +monitoring\/prometheus +world +203\.0\.113\.0\/24$/mu,
      );
      assert.match(ran.stdout, /^web +- +3000-3001 +\. +\./mu);
      assert.match(ran.stdout, /^api +\. +- +5432 +\. +\. +\. +443$/mu);
    }));

  it('shows a list where a matrix does not fit', () =>
    inFolder(FILES, async (cwd) => {
      const ran = await cli(['plan', ...BOTH], { cwd, columns: 40 });
      assert.match(ran.stdout, /^FROM +TO +PORTS$/mu);
      assert.match(ran.stdout, /^api +db +5432$/mu);
      assert.ok(!ran.stdout.includes('FROM \\ TO'));
    }));

  it('names the pairs that only the rules keep apart', async () => {
    const services = Array.from(
      { length: 12 },
      (_, at) =>
        `  s${at}:\n    image: i\n    deploy: { labels: { swarmwall.ingress: "none", swarmwall.egress: "hub:80" } }\n`,
    );
    const stdin = `name: wide\nservices:\n  hub:\n    image: i\n    deploy: { labels: { swarmwall.ingress: "any:80", swarmwall.egress: "none" } }\n${services.join('')}`;
    const ran = await cli(['plan', '-c', '-', '--isolation', 'balanced'], { stdin });
    assert.match(ran.stdout, /\d+ pairs kept apart by the rules only:\n {2}s\d+ s\d+\n/u);
  });

  it('says so when nothing is annotated, and when segments are off', async () => {
    const plain = await cli(['plan', '-c', '-'], { stdin: 'services: { web: { image: i } }' });
    assert.match(plain.stdout, /no annotations: nothing is restricted/u);
    const off = await cli(['plan', '-c', '-', '--isolation', 'off', '--encrypted', 'false'], { stdin: SHOP });
    assert.match(off.stdout, /^no segments: the networks stay as written/u);
  });

  it('gives JSON', () =>
    inFolder(FILES, async (cwd) => {
      const ran = await cli(['plan', ...BOTH, '--json'], { cwd });
      const plan = ran.json<{
        stack: string;
        segments: unknown[];
        connections: { from: string; to: string }[];
      }>();
      assert.equal(plan.stack, 'shop');
      assert.ok(plan.segments.length > 0);
      assert.ok(plan.connections.some(({ from, to }) => from === 'shop/web' && to === 'shop/api'));
      assert.equal(ran.stderr, '');
    }));
});

describe('swarmwall compile', () => {
  it('writes what docker stack deploy takes, to standard output or to a file', () =>
    inFolder(FILES, async (cwd) => {
      const ran = await cli(['compile', ...BOTH], { cwd });
      assert.equal(ran.exitCode, 0);
      assert.match(ran.stdout, /^ {2}sw-x-\S+:\n {4}external: true$/mu);
      assert.match(ran.stdout, /swarmwall\.compiled:/u);
      const written = await cli(['compile', ...BOTH, '-o', 'out.yaml'], { cwd });
      assert.deepEqual([written.exitCode, written.stdout], [0, '']);
      assert.equal(await readFile(join(cwd, 'out.yaml'), 'utf8'), ran.stdout);
    }));

  it('changes nothing in its own output', () =>
    inFolder(FILES, async (cwd) => {
      const once = await cli(['compile', '-c', 'compose.yaml'], { cwd });
      const twice = await cli(['compile', '-c', '-'], { stdin: once.stdout });
      assert.equal(twice.stdout, once.stdout);
    }));

  it('obeys --encrypted and --isolation', async () => {
    const plain = await cli(['compile', '-c', '-', '--encrypted', 'false'], { stdin: SHOP });
    assert.ok(!plain.stdout.includes('driver_opts'));
    const off = await cli(['compile', '-c', '-', '--isolation', 'off'], { stdin: SHOP });
    assert.ok(!off.stdout.includes('sw-api'));
    for (const argv of [
      ['--encrypted', 'maybe'],
      ['--isolation', 'loose'],
      ['--with', 'x'],
    ]) {
      const bad = await cli(['compile', '-c', '-', ...argv], { stdin: SHOP });
      assert.deepEqual([bad.exitCode, bad.stdout], [2, ''], argv.join(' '));
    }
  });

  it('writes for docker compose: networks as they are, labels on the containers', async () => {
    const stdin = [
      'name: shop',
      'services:',
      '  web: { image: a, ports: ["80:80"], deploy: { replicas: 2, labels: { swarmwall.ingress: "world:80" } } }',
      '  db: { image: b, labels: { swarmwall.ingress: "web:5432" }, networks: [back] }',
      'networks: { back: {} }',
      'x-swarmwall: { mode: audit }',
      '',
    ].join('\n');
    const once = await cli(['compile', '-c', '-', '--for', 'compose'], { stdin });
    assert.deepEqual([once.exitCode, once.stderr], [0, '']);
    const written = parse(once.stdout) as {
      name: string;
      services: Record<string, { labels: Record<string, string>; networks?: unknown; deploy?: unknown }>;
      networks: unknown;
    };
    assert.deepEqual([written.name, written.networks], ['shop', { back: {} }]);
    const { web, db } = written.services;
    assert.equal(web?.labels['swarmwall.ingress'], 'world:80');
    assert.deepEqual(web?.deploy, { replicas: 2, labels: {} });
    assert.match(web?.labels['swarmwall.compiled'] ?? '', /"mode":"audit"/u);
    assert.deepEqual([db?.networks, db?.labels['swarmwall.ingress']], [['back'], 'web:5432']);
    const twice = await cli(['compile', '-c', '-', '--for', 'compose'], { stdin: once.stdout });
    assert.equal(twice.stdout, once.stdout);
  });

  it('writes nothing when the file has errors', () =>
    inFolder({ 'bad.yaml': BAD }, async (cwd) => {
      const ran = await cli(['compile', '-c', 'bad.yaml', '-o', 'out.yaml'], { cwd });
      assert.deepEqual([ran.exitCode, ran.stdout], [2, '']);
      assert.match(ran.stderr, /^bad\.yaml:7:29 error unknown-service/mu);
      assert.match(ran.stderr, /^error: 2 errors in the Compose file; nothing was done$/mu);
      await assert.rejects(readFile(join(cwd, 'out.yaml')));
    }));

  it('says in one line that a file is missing, or cannot be written', () =>
    inFolder(FILES, async (cwd) => {
      const missing = await cli(['compile', '-c', 'none.yaml'], { cwd });
      assert.equal(missing.exitCode, 2);
      assert.match(missing.stderr, /^none\.yaml:1:1 error unreadable-file no such file$/mu);
      const unwritable = await cli(['compile', '-c', 'compose.yaml', '-o', 'no/such/folder'], { cwd });
      assert.equal(unwritable.exitCode, 2);
      assert.match(unwritable.stderr, /^error: no\/such\/folder: cannot be written \(ENOENT\)$/mu);
    }));
});
