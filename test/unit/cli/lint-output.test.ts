import assert from 'node:assert/strict';
import { chmod, lstat, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { Ajv } from 'ajv';
import { describe, it } from 'mocha';
import { LINT_RULES } from '../../../compose-ext/index.ts';
import { unifiedDiff } from '../../../plugin/cli/lint/unified-diff.ts';
import { BAD, cli, inFolder, SHOP } from './fake-io.ts';
import { SARIF_SCHEMA } from './sarif-schema.ts';

const FIXED = BAD.replace('apii', 'api').replace('egres:', 'egress:');

interface Log {
  readonly runs: readonly [
    {
      readonly tool: { readonly driver: { readonly rules: readonly { id: string; helpUri: string }[] } };
      readonly results: readonly {
        readonly ruleId: string;
        readonly ruleIndex: number;
        readonly level: string;
        readonly locations: readonly [
          {
            physicalLocation: {
              artifactLocation: { uri: string };
              region: { startLine: number; startColumn: number };
            };
          },
        ];
        readonly partialFingerprints: Readonly<Record<string, string>>;
        readonly fixes?: readonly unknown[];
      }[];
    },
  ];
}

describe('swarmwall lint --format sarif', () => {
  const check = new Ajv({ strict: false, allErrors: true }).compile(SARIF_SCHEMA);
  const sarif = async (files: Readonly<Record<string, string>>) =>
    inFolder(files, async (cwd) => {
      const ran = await cli(['lint', '--format', 'sarif', ...Object.keys(files)], { cwd });
      const log = ran.json<Log>();
      assert.ok(check(log), JSON.stringify(check.errors));
      return { ...ran, run: log.runs[0] };
    });

  it('is sound SARIF, with places, rules and fixes', async () => {
    const { exitCode, run } = await sarif({ 'a b#%ü.yaml': BAD });
    assert.equal(exitCode, 2);
    assert.deepEqual(
      run.results.map(({ ruleId, level, locations: [{ physicalLocation }] }) => [
        ruleId,
        level,
        physicalLocation.artifactLocation.uri,
        physicalLocation.region,
      ]),
      [
        ['unknown-service', 'error', 'a%20b%23%25%C3%BC.yaml', { startLine: 7, startColumn: 29 }],
        ['unknown-label', 'error', 'a%20b%23%25%C3%BC.yaml', { startLine: 8, startColumn: 9 }],
      ],
    );
    for (const { ruleId, ruleIndex, fixes } of run.results) {
      assert.equal(run.tool.driver.rules[ruleIndex]?.id, ruleId);
      assert.equal(fixes?.length, 1);
    }
    for (const { id } of LINT_RULES) {
      const rule = run.tool.driver.rules.find((each) => each.id === id);
      assert.ok(URL.canParse(rule?.helpUri ?? '') && rule?.helpUri.endsWith(`/lint.md#${id}`), id);
    }
  });

  it('knows a result again when lines are added above it, and keeps equal ones apart', async () => {
    const text = 'services:\n  a:\n    image: i\n  b:\n    image: i\n';
    const prints = async (content: string) =>
      (await sarif({ 'c.yaml': content })).run.results.map(
        (each) => each.partialFingerprints['swarmwallLine/v1'],
      );
    const before = await prints(text);
    assert.equal(new Set(before).size, 2);
    assert.deepEqual(await prints(`# a line\n\n${text}`), before);
  });

  it('is empty for a sound file, and goes to a file when asked', () =>
    inFolder({ 'compose.yaml': SHOP }, async (cwd) => {
      const ran = await cli(['lint', '--format', 'sarif', '-o', 'out.sarif', 'compose.yaml'], { cwd });
      assert.deepEqual([ran.exitCode, ran.screen], [0, '']);
      const log = JSON.parse(await readFile(join(cwd, 'out.sarif'), 'utf8')) as Log;
      assert.deepEqual(log.runs[0].results, []);
      const both = await cli(['lint', '--json', '--format', 'sarif', 'compose.yaml'], { cwd });
      assert.equal(both.exitCode, 2);
    }));
});

const LABELLED = (service: string, ingress: string, more = 'user: u'): string =>
  `services:\n  ${service}:\n    image: i:1\n    ${more}\n    deploy: { labels: { swarmwall.ingress: "${ingress}" } }\n`;

describe('swarmwall lint --fix', () => {
  it('repairs in place, says what, and keeps the mode, the link and the byte order mark', () =>
    inFolder({ 'real.yaml': `\ufeff${BAD}` }, async (cwd) => {
      await chmod(join(cwd, 'real.yaml'), 0o640);
      await symlink('real.yaml', join(cwd, 'compose.yaml'));
      const ran = await cli(['lint', '--fix', 'compose.yaml'], { cwd });
      assert.deepEqual(ran.stdout.split('\n').slice(0, 3), [
        'compose.yaml:7:29 fixed unknown-service apii → api',
        'compose.yaml:8:9 fixed unknown-label swarmwall.egres → swarmwall.egress',
        '',
      ]);
      // Now that both labels can be read, that they do not agree shows.
      assert.match(ran.stdout, /^compose\.yaml:8:28 warning one-sided-rule /mu);
      assert.equal(ran.exitCode, 0);
      assert.equal(await readFile(join(cwd, 'real.yaml'), 'utf8'), `\ufeff${FIXED}`);
      assert.equal((await stat(join(cwd, 'real.yaml'))).mode & 0o777, 0o640);
      assert.ok((await lstat(join(cwd, 'compose.yaml'))).isSymbolicLink());
      assert.deepEqual((await readdir(cwd)).sort(), ['compose.yaml', 'real.yaml']);
      const again = await cli(['lint', '--fix', '--json', 'compose.yaml'], { cwd });
      assert.deepEqual([again.json<unknown[]>().length, again.stderr], [1, '']);
    }));

  it('with --dry-run prints a diff that git applies, and writes nothing', () =>
    inFolder({ 'compose.yaml': BAD }, async (cwd) => {
      const ran = await cli(['lint', '--fix', '--dry-run', 'compose.yaml'], { cwd });
      assert.equal(ran.stderr, '2 to fix; nothing was written\n');
      assert.equal(await readFile(join(cwd, 'compose.yaml'), 'utf8'), BAD);
      execFileSync('git', ['apply'], { cwd, input: ran.stdout });
      assert.equal(await readFile(join(cwd, 'compose.yaml'), 'utf8'), FIXED);
    }));

  it('repairs each mistake in the file that has it, included or merged', () => {
    const files = {
      'compose.yaml': 'include: [base.yaml]\nservices:\n  api:\n    image: a:1\n',
      'base.yaml': LABELLED('web', 'world:80/tcp world:80/tcp', 'ports: ["80:80"]'),
      'more.yaml': LABELLED('api', 'web:80 web:80'),
    };
    return inFolder(files, async (cwd) => {
      const ran = await cli(['lint', '--fix', '-c', 'compose.yaml', '-c', 'more.yaml'], { cwd });
      assert.equal(ran.exitCode, 0, ran.stdout);
      const after = (name: string) => readFile(join(cwd, name), 'utf8');
      assert.equal(await after('compose.yaml'), files['compose.yaml']);
      assert.equal(await after('base.yaml'), LABELLED('web', 'world:80/tcp', 'ports: ["80:80"]'));
      assert.equal(await after('more.yaml'), LABELLED('api', 'web:80'));
    });
  });

  it('refuses standard input, and --dry-run alone', async () => {
    for (const argv of [
      ['--fix', '-'],
      ['--dry-run', '-'],
    ]) {
      const ran = await cli(['lint', ...argv], { stdin: BAD });
      assert.deepEqual([ran.exitCode, ran.stdout], [2, '']);
      assert.match(ran.stderr, /^error: /u);
    }
  });

  it('keeps a file that is unreadable or broken as it is', () =>
    inFolder({ 'bad.yaml': 'services: [\n', 'bin.yaml': Buffer.from([0, 1]) }, async (cwd) => {
      assert.equal((await cli(['lint', '--fix', 'bad.yaml', 'bin.yaml', 'none.yaml'], { cwd })).exitCode, 2);
      assert.equal(await readFile(join(cwd, 'bad.yaml'), 'utf8'), 'services: [\n');
    }));
});

describe('swarmwall lint, quiet elsewhere', () => {
  it('plan and compile say nothing of what only lint looks for', () =>
    inFolder({ 'compose.yaml': SHOP.replaceAll(/:1$/gmu, ':latest') }, async (cwd) => {
      assert.match((await cli(['lint', 'compose.yaml'], { cwd })).stdout, /untagged-image/u);
      for (const command of ['plan', 'compile'])
        assert.equal((await cli([command, '-c', 'compose.yaml'], { cwd })).stderr, '');
    }));

  it('lists its rules, as JSON too', async () => {
    const rules = (await cli(['lint', '--rules', '--json'])).json<{ id: string }[]>();
    assert.deepEqual(
      rules.map(({ id }) => id),
      LINT_RULES.map(({ id }) => id),
    );
  });
});

describe('a unified diff', () => {
  it('is what git applies, whatever the texts are', () =>
    inFolder({}, async (cwd) => {
      const lines = (numbers: readonly (number | string)[]) => numbers.map((each) => `${each}\n`).join('');
      const many = Array.from({ length: 40 }, (_, index) => index);
      const cases: [string, string][] = [
        [lines(many), lines([...many.slice(0, 3), 'x', ...many.slice(4, 20), ...many.slice(22), 'end'])],
        ['a\nb', 'a\nc'],
        ['a\nb', 'a\nb\n'],
        ['a\r\nb\r\nc\r\n', 'a\r\nc\r\n'],
        [lines(['a', 'b', 'a', 'b', 'c']), lines(['b', 'a', 'c', 'b'])],
        ['a\n', 'b\n'],
      ];
      for (const [before, after] of cases) {
        await writeFile(join(cwd, 'f'), before);
        execFileSync('git', ['apply', '--whitespace=nowarn', '--unidiff-zero'], {
          cwd,
          input: unifiedDiff('f', before, after),
        });
        assert.equal(await readFile(join(cwd, 'f'), 'utf8'), after);
      }
      assert.equal(unifiedDiff('f', 'a', 'a'), '');
    }));
});
