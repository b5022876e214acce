import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { cli, inFolder } from './fake-io.ts';

const FILE = `services:
  web: { image: a, deploy: { labels: { swarmwall.ingress: "api:\${PORT}" } } }
  api: { image: "\${IMAGE:-api}" }
`;

describe('variables on the command line', () => {
  it('come from .env beside the file, and the environment wins', () =>
    inFolder({ 'compose.yaml': FILE, '.env': 'PORT=80\n' }, async (cwd) => {
      const can = (env: Record<string, string>, to: string) =>
        cli(['can', '-c', `${cwd}/compose.yaml`, 'api', to], { env });
      assert.equal((await can({}, 'web:80')).exitCode, 0);
      assert.equal((await can({ PORT: '81' }, 'web:80')).exitCode, 1);
      assert.equal((await can({ PORT: '81' }, 'web:81')).exitCode, 0);
    }));

  it('come from --env-file instead, the last one first', () =>
    inFolder(
      { 'compose.yaml': FILE, '.env': 'PORT=80\n', 'a.env': 'PORT=82\n', 'b.env': 'PORT=83' },
      async (cwd) => {
        const files = ['--env-file', 'a.env', '--env-file', 'b.env'];
        const ran = await cli(['compile', '-c', 'compose.yaml', ...files], { cwd });
        assert.match(ran.stdout, /swarmwall\.ingress: "api:83"/u);
        assert.match(ran.stdout, /\$\{IMAGE:-api\}/u);
      },
    ));

  it('that are missing, and files of them, are told', () =>
    inFolder({ 'compose.yaml': FILE }, async (cwd) => {
      const ran = await cli(['lint', 'compose.yaml', '--env-file', 'none.env'], { cwd });
      assert.equal(ran.exitCode, 2);
      assert.match(ran.stdout, /^compose\.yaml:2:59 error unresolved-variable/mu);
      assert.match(ran.stdout, /^none\.env:1:1 error unreadable-file/mu);
    }));
});
