import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Diagnostic } from '../../../compose-ext/diagnostic.ts';
import { BAD, cli, inFolder, MONITORING, SHOP } from './fake-io.ts';

describe('swarmwall lint', () => {
  it('says ok and ends with 0 when there is no mistake', () =>
    inFolder({ 'compose.yaml': SHOP }, async (cwd) => {
      const ran = await cli(['lint', 'compose.yaml'], { cwd });
      assert.deepEqual([ran.exitCode, ran.stdout, ran.stderr], [0, 'ok: no mistakes\n', '']);
    }));

  it('shows every mistake with its line, a caret and a hint, and ends with 2', () =>
    inFolder({ 'compose.yaml': BAD }, async (cwd) => {
      const ran = await cli(['lint', 'compose.yaml'], { cwd });
      assert.equal(ran.exitCode, 2);
      assert.match(ran.stdout, /^compose\.yaml:7:29 error unknown-service .*"apii"/mu);
      assert.match(ran.stdout, /^ {2}7 \| {9}swarmwall\.ingress: "apii:80"\n {4}\| {29}\^$/mu);
      assert.match(ran.stdout, /^ {2}hint: .*api/mu);
      assert.match(ran.stdout, /^compose\.yaml:8:9 error unknown-label/mu);
      assert.match(ran.stdout, /\n2 errors\n$/u);
    }));

  it('gives JSON of exactly the promised keys', () =>
    inFolder({ 'compose.yaml': BAD }, async (cwd) => {
      const ran = await cli(['lint', '--json', 'compose.yaml'], { cwd });
      const found = ran.json<Diagnostic[]>();
      assert.equal(ran.exitCode, 2);
      for (const each of found)
        assert.deepEqual(Object.keys(each), [
          'code',
          'severity',
          'message',
          'file',
          'line',
          'column',
          'hint',
        ]);
      assert.deepEqual(found.map(({ code }) => code).sort(), ['unknown-label', 'unknown-service']);
      assert.deepEqual((await cli(['lint', '--json', '-'], { stdin: SHOP })).json(), []);
    }));

  it('reads standard input as -, and only once', async () => {
    const ran = await cli(['lint', '-'], { stdin: BAD });
    assert.match(ran.stdout, /^<stdin>:7:29 error/mu);
    const twice = await cli(['lint', '-', '-'], { stdin: BAD });
    assert.equal(twice.exitCode, 2);
    assert.match(twice.stderr, /^error: .*only once/u);
  });

  it('turns missing, binary and unreadable files into one line each, among the others', () =>
    inFolder(
      { 'good.yaml': SHOP, bin: Buffer.from([1, 0, 2]), latin: Buffer.from([0xe9, 0x20]) },
      async (cwd) => {
        const ran = await cli(['lint', 'good.yaml', 'none.yaml', 'bin', 'latin', '.'], { cwd });
        assert.equal(ran.exitCode, 2);
        assert.match(ran.stdout, /^none\.yaml:1:1 error unreadable-file no such file$/mu);
        assert.match(ran.stdout, /^bin:1:1 error unreadable-file is not text$/mu);
        assert.match(ran.stdout, /^latin:1:1 error unreadable-file is not UTF-8$/mu);
        assert.match(ran.stdout, /^\.:1:1 error unreadable-file is a directory$/mu);
        assert.match(ran.stdout, /4 errors in 5 files/u);
      },
    ));

  it('checks stacks that name each other together', () =>
    inFolder(
      { 'shop.yaml': SHOP, 'monitoring.yaml': MONITORING.replace('prometheus', 'prom') },
      async (cwd) => {
        const ran = await cli(['lint', 'shop.yaml', 'monitoring.yaml'], { cwd });
        assert.equal(ran.exitCode, 2);
        assert.match(ran.stdout, /"monitoring" has no service "prometheus"/u);
      },
    ));

  it('takes files as -c too, and complains when there is none', () =>
    inFolder({ 'compose.yaml': SHOP }, async (cwd) => {
      assert.equal((await cli(['lint', '-c', 'compose.yaml'], { cwd })).exitCode, 0);
      const none = await cli(['lint']);
      assert.deepEqual([none.exitCode, none.stdout], [2, '']);
      assert.match(none.stderr, /^error: no file given\nhint: /u);
    }));

  it('with --strict ends with 2 on warnings too', async () => {
    const stdin = SHOP.replace('image: cron:1', 'image: cron:1\n    labels: { swarmwall.egress: "none" }');
    assert.equal((await cli(['lint', '-'], { stdin })).exitCode, 0);
    const strict = await cli(['lint', '--strict', '-'], { stdin });
    assert.equal(strict.exitCode, 2);
    assert.match(strict.stdout, /1 warning/u);
  });

  it('shows escape sequences in files, and does not obey them', async () => {
    const ran = await cli(['lint', '-'], {
      stdin: 'services:\n  web:\n    deploy: { labels: { swarmwall.ingress: "\u001b[31mx y" } }\n',
    });
    assert.ok(!ran.stdout.includes('\u001b'), ran.stdout);
  });
});

describe('colour', () => {
  const coloured = async (env: Record<string, string>, tty: boolean) =>
    (await cli(['lint', '-'], { stdin: BAD, env, tty })).stdout.includes('\u001b[');

  it('is for terminals; NO_COLOR and FORCE_COLOR are respected', async () => {
    assert.equal(await coloured({}, false), false);
    assert.equal(await coloured({}, true), true);
    assert.equal(await coloured({ TERM: 'dumb' }, true), false);
    assert.equal(await coloured({ NO_COLOR: '1' }, true), false);
    assert.equal(await coloured({ FORCE_COLOR: '1' }, false), true);
    assert.equal(await coloured({ FORCE_COLOR: '0' }, true), false);
    assert.equal(await coloured({ FORCE_COLOR: '1', NO_COLOR: '1' }, true), false);
  });
});
