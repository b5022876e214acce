import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { describe, it } from 'mocha';
import { cli, inFolder } from './fake-io.ts';

const FILES = {
  'a.yaml':
    'services:\n  web: { image: "w:1", deploy: { labels: { swarmwall.ingress: "api:80" } } }\n  api: { image: "a:1" }\n',
  'b.yaml':
    'services:\n  web: { deploy: { labels: { swarmwall.ingress: "api:81" } } }\n  tool: { image: "t:1", profiles: [dev] }\n',
  'other.yaml': 'services:\n  eye: { image: "e:1" }\n',
};

describe('several files on the command line', () => {
  it('are one stack for every command that takes -c', () =>
    inFolder(FILES, async (cwd) => {
      const both = ['-c', 'a.yaml', '-c', 'b.yaml'];
      assert.equal((await cli(['can', ...both, 'api', 'web:81'], { cwd })).exitCode, 0);
      assert.equal((await cli(['can', ...both, 'api', 'web:80'], { cwd })).exitCode, 1);
      const explained = await cli(['explain', '-f', 'a.yaml', '-f', 'b.yaml', 'api', 'web:81'], { cwd });
      assert.match(explained.stdout, /b\.yaml:2/u);
      for (const command of ['plan', 'compile']) {
        const ran = await cli([command, ...both, '--json'], { cwd });
        assert.equal(ran.exitCode, 0, ran.stderr);
        assert.equal(ran.json<{ segments: unknown[] }>().segments.length, 1);
      }
      assert.equal(
        (await cli(['lint', ...both, 'other.yaml'], { cwd })).stdout,
        'ok: no mistakes in 2 files\n',
      );
    }));

  it('may come from COMPOSE_FILE, and services from COMPOSE_PROFILES', () =>
    inFolder(FILES, async (cwd) => {
      const env = { COMPOSE_FILE: 'a.yaml;b.yaml', COMPOSE_PATH_SEPARATOR: ';' };
      assert.doesNotMatch((await cli(['compile'], { cwd, env })).stdout, /tool:/u);
      const all = { ...env, COMPOSE_PROFILES: 'x, dev' };
      assert.match((await cli(['compile'], { cwd, env: all })).stdout, /tool:/u);
      assert.match((await cli(['compile', '--profile', 'dev'], { cwd, env })).stdout, /tool:/u);
      const none = await cli(['compile'], { cwd });
      assert.equal(none.exitCode, 2);
      assert.match(none.stderr, /no Compose file given/u);
    }));

  it('include only plain files that are there', () =>
    inFolder(
      { 'a.yaml': 'include: [/dev/zero, sub, sub/b.yaml, none.yaml]\nservices: {}\n' },
      async (cwd) => {
        await mkdir(`${cwd}/sub`);
        await writeFile(
          `${cwd}/sub/b.yaml`,
          'services:\n  b: { image: "b:1", deploy: { labels: { swarmwall.x: y } } }\n',
        );
        const { stdout, exitCode } = await cli(['lint', 'a.yaml'], { cwd });
        assert.equal(exitCode, 2);
        assert.match(
          stdout,
          /a\.yaml:1:11 error unreadable-file \/dev\/zero cannot be read: is no plain file/u,
        );
        assert.match(stdout, /a\.yaml:1:22 error unreadable-file sub cannot be read: is a directory/u);
        assert.match(stdout, /a\.yaml:1:39 error unreadable-file none\.yaml cannot be read: no such file/u);
        assert.match(stdout, /sub\/b\.yaml:2:42 error unknown-label/u);
      },
    ));

  it('tell what a stack deploy ignores only when they are for one', () =>
    inFolder({ 'a.yaml': 'services:\n  b: { image: "b:1", restart: always }\n' }, async (cwd) => {
      assert.equal((await cli(['lint', 'a.yaml'], { cwd })).stdout, 'ok: no mistakes\n');
      const { stdout, exitCode } = await cli(['lint', 'a.yaml', '--for', 'stack'], { cwd });
      assert.equal(exitCode, 0);
      assert.match(stdout, /a\.yaml:2:22 warning stack-ignored/u);
      assert.match((await cli(['compile', '-c', 'a.yaml'], { cwd })).stderr, /stack-ignored/u);
    }));
});
