import assert from 'node:assert/strict';
import { GuardedEngine, type Answer } from './admission/guarded-engine.ts';
import { LEGAL_CALLS, LEGAL_SINCE_1_44 } from './admission/legal-calls.ts';
import { ALLOWED } from './admission/policies.ts';
import { BY_ENGINE, IMAGE, type Way } from './admission/way.ts';
import { WAYS } from './admission/ways.ts';

/** Of the wishes that somebody may have, so many at least must be ones that the engine does act upon. */
const ACTED_UPON = 60;

const STACK = `version: '3.8'
services:
  web:
    image: ${IMAGE}
    command: [tcp/80]
    ports: ['8082:80']
    networks: [net]
    volumes: ['data:/data', { type: tmpfs, target: /cache }]
    configs: [text]
    cap_drop: [ALL]
    cap_add: [NET_BIND_SERVICE]
    logging: { driver: json-file }
    healthcheck: { test: [NONE] }
    deploy: { replicas: 0, resources: { limits: { memory: 64M } } }
networks:
  net: { driver: overlay }
volumes:
  data: {}
configs:
  text: { file: /etc/hostname }
`;

const ENGINES =
  process.env['LAB_ENGINE'] === undefined ? ['28.5', '26.1', '20.10'] : [process.env['LAB_ENGINE']];

for (const version of ENGINES)
  describe(`ways around admission, tried on engine ${version}`, () => {
    let started: GuardedEngine | undefined;
    let engine: GuardedEngine;
    let inventory: string;
    let execs: string;

    before(async () => {
      engine = started = await GuardedEngine.start(version, `admission-${process.pid}`);
      inventory = await engine.inventory();
      execs = await engine.execs();
    });
    after(() => started?.stop());

    for (const way of WAYS)
      it(`${way.name}: refused`, async () => {
        assertRefused(way, await engine.call(way));
      });

    it('have made nothing, and changed nothing', async () => {
      assert.equal(await engine.inventory(), inventory);
      assert.equal(await engine.execs(), execs);
    });

    it('are no hindrance to what the policies take', async () => {
      const calls = version === '20.10' ? LEGAL_CALLS : [...LEGAL_CALLS, LEGAL_SINCE_1_44];
      for (const call of calls) {
        const { status, text } = await engine.call({ ...call, refusedBy: '' });
        assert.ok(status < 300, `${call.name}: ${status} ${text}`);
      }
    });

    it('are no hindrance to the docker command line', async () => {
      const docker = (...args: string[]) => engine.lab.manager.docker(args);
      await docker('network', 'create', '--driver', 'overlay', '--attachable', 'cli');
      await docker('volume', 'create', 'cli');
      const options = [
        '--network',
        'cli',
        '--volume',
        'cli:/v',
        '--memory',
        '64m',
        '--security-opt',
        'no-new-privileges',
      ];
      await docker('run', '--detach', '--name', 'cli', ...options, IMAGE, 'tcp/80');
      await docker('exec', '--user', '1000', 'cli', 'true');
      await docker('cp', '/etc/hostname', 'cli:/tmp-hostname');
      await docker('update', '--memory', '96m', '--memory-swap', '128m', 'cli');
      await docker('rm', '--force', 'cli');
      engine.lab.manager.writeFile('/tmp/stack.yaml', STACK);
      for (const state of ['made', 'the same again'])
        await docker(
          'stack',
          'deploy',
          '--resolve-image',
          'never',
          '-c',
          '/tmp/stack.yaml',
          'cli-stack',
        ).catch((error: unknown) => assert.fail(`${state}: ${String(error)}`));
      await docker('service', 'scale', '--detach', 'cli-stack_web=0');
      await docker('stack', 'rm', 'cli-stack');
    });

    it('are open to whoever may: the engine is left to decide', async () => {
      engine.allow(ALLOWED);
      await engine.until((status) => status === 201);
      const refused: string[] = [];
      let acted = 0;
      for (const way of WAYS.filter(({ never, slow }) => never !== true && slow !== true)) {
        const { status, text } = await engine.call(way);
        if (status === 403 && text.includes('authorization denied')) refused.push(`${way.name}: ${text}`);
        if (status < 300) acted += 1;
      }
      assert.deepEqual(refused, []);
      assert.ok(acted >= ACTED_UPON, `${acted} acted upon`);
      assert.notEqual(await engine.inventory(), inventory);
    });

    it('stay closed to everybody where they are forgeries, or can be read in two ways', async () => {
      const closed = (way: Way) =>
        way.never === true && !reasons(way).some((each) => each.startsWith('admission/'));
      for (const way of WAYS.filter(closed)) assertRefused(way, await engine.call(way));
    });
  });

function reasons({ refusedBy }: Way): readonly string[] {
  return [refusedBy].flat();
}

function assertRefused(way: Way, { status, text }: Answer): void {
  const said = `${way.name}: ${status} ${text.slice(0, 1_000)}`;
  // A redirect leads where the same is judged under its right name.
  if (reasons(way).includes(BY_ENGINE) && (status === 404 || status === 301)) return;
  assert.equal(status, 403, said);
  assert.ok(text.includes('authorization denied by plugin swarmwall'), said);
  assert.ok(
    reasons(way).some((reason) => text.includes(`[${reason}`)),
    said,
  );
}
