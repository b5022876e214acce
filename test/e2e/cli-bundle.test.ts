import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

const BUNDLE = 'dist/swarmwall.cjs';
const COMPOSE = 'examples/voting/compose.yaml';

function bundle(argv: readonly string[], input = '') {
  return execa(BUNDLE, argv, { reject: false, input, env: { SWARMWALL_SOCKET_DIR: '/nowhere' } });
}

describe('dist/swarmwall.cjs', () => {
  it('runs by itself, with its exit codes', async () => {
    assert.equal((await bundle(['lint', COMPOSE])).exitCode, 0);
    assert.equal((await bundle(['lint', '-'], 'services: 5')).exitCode, 2);
    assert.equal((await bundle(['can', '-c', COMPOSE, 'vote', 'api:3000'])).exitCode, 0);
    assert.equal((await bundle(['can', '-c', COMPOSE, 'vote', 'db:5432'])).exitCode, 1);
    assert.equal((await bundle(['bogus'])).exitCode, 2);
    const status = await bundle(['status']);
    assert.deepEqual([status.exitCode, status.stdout], [2, '']);
    assert.match(status.stderr, /^error: neither an agent nor a controller runs on this node/u);
  });

  it('runs from a checkout as npm run -s swarmwall', async () => {
    const ran = await execa('npm', ['run', '-s', 'swarmwall', '--', 'lint', '--json', COMPOSE]);
    assert.equal(ran.stdout, '[]');
  });

  it('bears a reader that goes away, and gives a slow one all of it', async () => {
    const [program, input] = [join(process.cwd(), BUNDLE), COMPOSE];
    const gone = await execa('bash', [
      '-c',
      'set -o pipefail; "$1" plan -c "$2" --json | head -c 1',
      'bash',
      program,
      input,
    ]);
    assert.equal(gone.stdout, '{');
    const whole = await execa('bash', [
      '-c',
      '"$1" compile -c "$2" --json | (sleep 1; cat)',
      'bash',
      program,
      input,
    ]);
    assert.ok((JSON.parse(whole.stdout) as { text: string }).text.length > 1_000);
  });

  it('is a docker CLI plugin', async () => {
    const config = await mkdtemp(join(tmpdir(), 'swarmwall-docker-'));
    try {
      await mkdir(join(config, 'cli-plugins'));
      await copyFile(BUNDLE, join(config, 'cli-plugins', 'docker-swarmwall'));
      const docker = (...argv: string[]) =>
        execa('docker', ['--config', config, ...argv], {
          reject: false,
          env: { DOCKER_HOST: 'unix:///nowhere.sock' },
        });
      assert.match(
        (await docker('--help')).stdout,
        /swarmwall\*? +NetworkPolicy for Docker Swarm and Compose/u,
      );
      assert.equal((await docker('swarmwall', 'lint', COMPOSE)).stdout, 'ok: no mistakes');
      assert.equal((await docker('swarmwall', 'can', '-c', COMPOSE, 'vote', 'db:5432')).exitCode, 1);
      assert.match((await docker('swarmwall', '--help')).stdout, /^Usage: docker swarmwall /u);
      const deploy = await docker('swarmwall', 'deploy', '-c', COMPOSE, 'voting');
      assert.equal(deploy.exitCode, 2);
      assert.match(deploy.stderr, /^error: Docker does not answer: .*\/nowhere\.sock/mu);
    } finally {
      await rm(config, { recursive: true, force: true });
    }
  });
});
