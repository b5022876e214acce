import assert from 'node:assert/strict';
import { chmod, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { flowFilter } from '../../../rules/flows/match-flow.ts';
import { flow, MINUTE, START, traffic } from '../rules/suggest/observed.ts';
import { cli, inFolder } from './fake-io.ts';

const COMPOSE = `name: shop
services:
  web:   # the front
    image: web
  api:
    image: api
    deploy: { labels: { swarmwall.ingress: "cron:1" } }
`;
const TALK = { from: { service: 'shop/web' }, to: { service: 'shop/api' }, protocol: 'tcp', port: 3000 };
const lines = (records: readonly object[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('');
const FILES = { 'compose.yaml': COMPOSE, 'flows.jsonl': lines(traffic(TALK)), 'cron.yaml': 'services: {}' };
const ARGS = ['suggest', '-c', 'compose.yaml', '--flows', 'flows.jsonl'];

describe('swarmwall suggest', () => {
  it('shows a diff that can be applied, and the evidence of each line', async () => {
    const files = { ...FILES, 'compose.yaml': COMPOSE.replace('cron:1', 'web:1') };
    await inFolder(files, async (cwd) => {
      const { exitCode, stdout, stderr } = await cli(ARGS, { cwd });
      assert.equal(exitCode, 0, stderr);
      assert.match(stdout, /^-.*swarmwall\.ingress: "web:1".*\n\+.*swarmwall\.ingress: "web:1 web:3000"/mu);
      assert.match(
        stdout,
        /compose\.yaml:7 +shop\/web egress +api:3000 +5 +2026-11-01 00:00:00 +\S+ \S+ +n1 n2/u,
      );
      assert.match(stderr, /from 10 records of 2026-11-01 00:00:00 to 2026-11-01 00:25:00 UTC/u);
      assert.equal(await readFile(join(cwd, 'compose.yaml'), 'utf8'), files['compose.yaml']);
    });
  });

  it('writes with --apply, once, and keeps all else of the file', async () => {
    const files = { ...FILES, 'compose.yaml': COMPOSE.replace('cron:1', 'web:1') };
    await inFolder(files, async (cwd) => {
      await chmod(join(cwd, 'compose.yaml'), 0o640);
      assert.equal((await cli([...ARGS, '--apply'], { cwd })).exitCode, 0);
      const after = await readFile(join(cwd, 'compose.yaml'), 'utf8');
      assert.match(after, /^ {2}web: {3}# the front\n {4}image: web\n {4}deploy:\n/mu);
      assert.equal((await stat(join(cwd, 'compose.yaml'))).mode & 0o777, 0o640);
      const again = await cli([...ARGS, '--apply', '--json'], { cwd });
      assert.deepEqual(again.json<{ sides: unknown; files: unknown }>().files, []);
      assert.equal(await readFile(join(cwd, 'compose.yaml'), 'utf8'), after);
      const can = await cli(['can', '-c', 'compose.yaml', 'web', 'api:3000'], { cwd });
      assert.equal(can.exitCode, 0);
      assert.equal((await cli(['can', '-c', 'compose.yaml', 'api', 'web:3000'], { cwd })).exitCode, 1);
    });
  });

  it('writes nothing where the file has mistakes, or a line is no flow', async () => {
    await inFolder(
      { ...FILES, 'bad.jsonl': `${lines(traffic(TALK))}{"first":1}\nnonsense\n` },
      async (cwd) => {
        const mistaken = await cli([...ARGS, '--apply', '--json'], { cwd });
        assert.equal(mistaken.exitCode, 2);
        assert.match(mistaken.stdout, /unknown-service/u);
        const fits = await cli(['suggest', '-c', 'compose.yaml', '--flows', 'bad.jsonl', '--stack', 'x'], {
          cwd,
        });
        assert.equal(fits.exitCode, 2);
        assert.equal(await readFile(join(cwd, 'compose.yaml'), 'utf8'), COMPOSE);
        const good = COMPOSE.replace('cron:1', 'web:1');
        const read = await cli(['suggest', '-c', '-', '--flows', 'bad.jsonl'], { cwd, stdin: good });
        assert.match(
          read.stderr,
          /bad\.jsonl:11:1 error invalid-flow .*"last"[^]*bad\.jsonl:12:1 .*not JSON/u,
        );
        const gone = await cli(['suggest', '-c', '-', '--flows', 'none.jsonl'], { cwd, stdin: good });
        assert.match(gone.stderr, /no such file/u);
      },
    );
  });

  it('changes no file of a stack whose labels come from a variable that says none', async () => {
    const text = COMPOSE.replace('"cron:1"', '"${INGRESS:-none}"');
    await inFolder({ ...FILES, 'compose.yaml': text }, async (cwd) => {
      const { exitCode, stderr } = await cli([...ARGS, '--apply'], { cwd });
      assert.equal(exitCode, 2);
      assert.match(stderr, /none/u);
      assert.equal(await readFile(join(cwd, 'compose.yaml'), 'utf8'), text);
    });
  });

  it('edits the file of a stack in which the service, or its label, stands', async () => {
    const files = {
      ...FILES,
      'compose.yaml': COMPOSE.replace('cron:1', 'web:1'),
      'more.yaml': 'services:\n  web: { deploy: { labels: { swarmwall.egress: "api:1" } } }\n',
    };
    await inFolder(files, async (cwd) => {
      const { exitCode } = await cli([...ARGS, '-c', 'more.yaml', '--apply'], { cwd });
      assert.equal(exitCode, 0);
      assert.match(await readFile(join(cwd, 'more.yaml'), 'utf8'), /swarmwall\.egress: "api:1 api:3000"/u);
      assert.match(await readFile(join(cwd, 'compose.yaml'), 'utf8'), /ingress: "web:1 web:3000"/u);
    });
  });

  const OPEN = { deploy: { labels: { 'swarmwall.ingress': 'none', 'swarmwall.egress': 'none' } } };
  const base = JSON.stringify({ image: 'a', ...OPEN });
  for (const [how, files] of Object.entries({
    'a merge': { 'c.yaml': `services:\n  web: &web ${base}\n  worker:\n    <<: *web\n    command: work\n` },
    extends: { 'c.yaml': `services:\n  web: ${base}\n  worker:\n    extends: web\n    command: work\n` },
    'extends of another file': {
      'c.yaml':
        'services:\n  web: { extends: { file: o.yaml, service: web } }\n  worker: { extends: { file: o.yaml, service: web } }\n',
      'o.yaml': `services:\n  web: ${base}\n`,
    },
  }))
    it(`opens nothing for who takes its labels from another by ${how}`, async () => {
      const outside = {
        from: { service: 's/web' },
        to: { address: '203.0.113.9' },
        protocol: 'tcp',
        port: 443,
      };
      await inFolder({ ...files, 'flows.jsonl': lines(traffic(outside)) }, async (cwd) => {
        const suggest = ['suggest', '-c', 'c.yaml', '--stack', 's', '--flows', 'flows.jsonl', '--apply'];
        const { exitCode, stderr } = await cli(suggest, { cwd });
        assert.equal(exitCode, 0, stderr);
        const can = async (service: string) =>
          (await cli(['can', '-c', 'c.yaml', '--stack', 's', service, '203.0.113.9:443'], { cwd })).exitCode;
        assert.deepEqual([await can('web'), await can('worker')], [0, 1]);
      });
    });

  it('keeps the entries that a service takes from another when it gets a label of its own', async () => {
    const text = `services:
  db: { image: a, deploy: { labels: { swarmwall.ingress: "backup:5432", swarmwall.egress: none } } }
  db2: { extends: db }
  backup: { image: a, deploy: { labels: { swarmwall.ingress: none, swarmwall.egress: "db2:5432" } } }
  web: { image: a, deploy: { labels: { swarmwall.ingress: none, swarmwall.egress: "db2:5432" } } }
`;
    const talk = { from: { service: 's/web' }, to: { service: 's/db2' }, protocol: 'tcp', port: 5432 };
    await inFolder({ 'c.yaml': text, 'flows.jsonl': lines(traffic(talk)) }, async (cwd) => {
      const suggest = ['suggest', '-c', 'c.yaml', '--stack', 's', '--flows', 'flows.jsonl', '--apply'];
      assert.equal((await cli(suggest, { cwd })).exitCode, 0);
      assert.match(
        await readFile(join(cwd, 'c.yaml'), 'utf8'),
        /db2: \{ extends: db, deploy: \{ labels: \{ swarmwall\.ingress: "backup:5432 web:5432" \} \} \}/u,
      );
    });
  });

  it('takes only flows of the time asked for, and lists allows that nothing used', async () => {
    const now = START + 60 * MINUTE;
    const clock = { now: () => now, elapsed: () => 0, after: () => () => undefined, chance: () => 0 };
    const records = [...traffic(TALK), flow({ ...TALK, port: 9 }, { first: now - MINUTE })];
    const files = {
      ...FILES,
      'compose.yaml': COMPOSE.replace('cron:1', 'web:3000,9'),
      'flows.jsonl': lines(records),
    };
    await inFolder(files, async (cwd) => {
      const unused = async (...more: string[]) =>
        (await cli([...ARGS, '--unused', '--json', ...more], { cwd, world: { clock } }))
          .json<{ unused: readonly { entries: unknown }[] }>()
          .unused.map(({ entries }) => entries);
      assert.deepEqual(await unused(), []);
      assert.deepEqual(await unused('--since', '10m'), [['web:3000']]);
      const text = await cli([...ARGS, '--unused', '--since', '10m'], { cwd, world: { clock } });
      assert.match(text.stdout, /compose\.yaml:7 +api\.ingress ingress +web:3000 +3000 +shop\/api/u);
    });
  });

  it('asks the controller for the stack’s flows of a week where no file is given', async () => {
    let asked = '';
    const now = START + 8 * 24 * 60 * MINUTE;
    const world = {
      clock: { now: () => now, elapsed: () => 0, after: () => () => undefined, chance: () => 0 },
      readLines: (_: string, path: string) => {
        asked = path;
        const lines = traffic(TALK, { last: now });
        return Promise.resolve(
          (async function* () {
            yield { notice: 'no-answer', message: 'n3 did not answer' };
            for (const line of lines) yield await Promise.resolve(line);
          })(),
        );
      },
    };
    await inFolder({ ...FILES, 'compose.yaml': COMPOSE.replace('cron:1', 'web:1') }, async (cwd) => {
      const { exitCode, stdout, stderr } = await cli(['suggest', '-c', 'compose.yaml'], { cwd, world });
      assert.equal(exitCode, 0, stderr);
      assert.match(stdout, /swarmwall\.ingress: "web:1 web:3000"/u);
      assert.match(stderr, /n3 did not answer/u);
      const query = new URL(asked, 'http://swarmwall').searchParams;
      assert.equal(query.get('stack'), 'shop');
      assert.equal(Number(query.get('since')), now - 7 * 24 * 60 * MINUTE);
      const none = await cli(['suggest', '-c', 'compose.yaml'], {
        cwd,
        world: { ...world, readLines: () => Promise.resolve(undefined) },
      });
      assert.equal(none.exitCode, 2);
      assert.match(none.stderr, /no controller/u);
    });
  });

  it('looks at all that a peer outside the stack does before it lets it in', async () => {
    const asked: string[] = [];
    const scanner = { service: 'evil/scanner' };
    const talks = ['shop/api', 'shop/web', 'shop/db', ...Array.from({ length: 9 }, (_, n) => `s${n}/x`)].map(
      (victim) => ({ from: scanner, to: { service: victim }, protocol: 'tcp', port: 80 }),
    );
    const now = START + 60 * MINUTE;
    const all = [...talks.flatMap((talk) => traffic(talk, { packets: 7, bytes: 400 })), ...traffic(TALK)];
    const world = {
      clock: { now: () => now, elapsed: () => 0, after: () => () => undefined, chance: () => 0 },
      readLines: (_: string, path: string) => {
        const query = new URL(path, 'http://swarmwall').searchParams;
        const [stack, from] = [query.get('stack') ?? undefined, query.get('from') ?? undefined];
        asked.push(from ?? stack ?? 'all');
        const told = all.filter(flowFilter({ ...(stack && { stack }), ...(from && { from }) }));
        return Promise.resolve(
          (async function* () {
            for (const line of told) yield await Promise.resolve(line);
          })(),
        );
      },
    };
    await inFolder({ ...FILES, 'compose.yaml': COMPOSE.replace('cron:1', 'web:1') }, async (cwd) => {
      const { exitCode, stdout, stderr } = await cli(['suggest', '-c', 'compose.yaml'], { cwd, world });
      assert.equal(exitCode, 0, stderr);
      assert.deepEqual(asked, ['shop', 'evil/scanner']);
      assert.match(stdout, /^\+.*swarmwall\.ingress: "web:1 web:3000"/mu);
      assert.doesNotMatch(stdout, /^\+.*evil/mu);
      assert.match(stdout, /evil\/scanner +shop\/web .*begun while its source scanned/u);
    });
  });

  it('shows hostile names as text', async () => {
    const hostile = { service: 'shop/\u001b[31mx' };
    const files = {
      ...FILES,
      'compose.yaml': COMPOSE.replace('cron:1', 'web:1'),
      'flows.jsonl': lines(traffic({ ...TALK, from: hostile })),
    };
    await inFolder(files, async (cwd) => {
      const { stdout } = await cli(ARGS, { cwd, tty: true });
      assert.ok(!stdout.includes('\u001b[31m'));
    });
  });

  it('refuses what makes no sense', async () => {
    for (const [args, said] of [
      [['suggest', '--flows', 'x'], /no Compose file/u],
      [['suggest', '-c', 'x', '--flows', 'y', '--unused', '--apply'], /exclude/u],
      [['suggest', '-c', 'x', '--flows', 'y', '--min-flows', '0'], /whole number/u],
    ] as const) {
      const { exitCode, stderr } = await cli(args);
      assert.equal(exitCode, 2);
      assert.match(stderr, said);
    }
  });
});
