import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Fault } from '../../../plugin/fault.ts';
import { cli } from './fake-io.ts';

const COMMANDS = [
  'lint',
  'plan',
  'can',
  'compile',
  'deploy',
  'status',
  'denied',
  'agent',
  'controller',
  'uninstall',
  'completion',
];

describe('the command line', () => {
  it('has help with examples for each command', async () => {
    for (const command of [...COMMANDS, undefined]) {
      const ran = await cli(command === undefined ? ['--help'] : [command, '--help']);
      assert.equal(ran.exitCode, 0);
      assert.match(ran.stdout, /\nExamples:\n {2}\$ swarmwall /u, command);
    }
    const plugin = await cli(['lint', '--help'], { name: 'docker swarmwall' });
    assert.match(plugin.stdout, /^Usage: docker swarmwall lint/u);
  });

  it('ends with 2 on bad usage, says what is wrong, and prints nothing on standard output', async () => {
    const cases = [
      [],
      ['lnit'],
      ['can'],
      ['can', '-c'],
      ['plan'],
      ['status', '--jsn'],
      ['deploy', 'x'],
      ['version', 'x'],
    ];
    for (const argv of cases) {
      const ran = await cli(argv);
      assert.deepEqual([ran.exitCode, ran.stdout], [2, ''], argv.join(' '));
      assert.ok(ran.stderr.length > 0);
    }
    assert.match((await cli(['lnit'])).stderr, /^error: unknown command 'lnit'\n\(Did you mean lint\?\)/u);
  });

  it('prints the version', async () => {
    assert.match((await cli(['version'])).stdout, /^swarmwall \d+\.\d+\.\d+ \(node /u);
    assert.match((await cli(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/u);
    assert.deepEqual(Object.keys((await cli(['version', '--json'])).json<object>()), ['version', 'node']);
  });

  it('tells of a fault in one line, with a hint, and without a stack', async () => {
    const world = {
      connectSwarm: () => Promise.reject(new Fault('docker-unavailable', 'Docker does not answer')),
    };
    const argv = ['deploy', '-c', '-', 'shop'];
    const stdin = 'services: { web: { image: i } }';
    const ran = await cli(argv, { stdin, world });
    assert.equal(ran.exitCode, 2);
    assert.match(ran.stderr, /^error: Docker does not answer\nhint: [^\n]+\n$/u);
    const debug = await cli(argv, { stdin, world, env: { SWARMWALL_DEBUG: '1' } });
    assert.match(debug.stderr, /\n {4}at /u);
    const json = await cli([...argv, '--json'], { stdin, world });
    assert.equal(json.json<{ error: { code: string } }>().error.code, 'docker-unavailable');
  });
});

describe('swarmwall agent and controller', () => {
  it('run until they are asked to end, or end by themselves', async () => {
    const log: string[] = [];
    const start = (name: string, ended: Promise<void>) => () => {
      log.push(name);
      return Promise.resolve({ ended, stop: () => Promise.resolve(void log.push('stop')) });
    };
    const never = new Promise<void>(() => undefined);
    const agent = await cli(['agent', '--log-level', 'silent'], {
      world: { startAgent: start('agent', never), askedToEnd: () => Promise.resolve() },
    });
    const controller = await cli(['controller', '--log-level', 'silent'], {
      world: { startController: start('controller', Promise.resolve()), askedToEnd: () => never },
    });
    assert.deepEqual([agent.exitCode, controller.exitCode], [0, 0]);
    assert.deepEqual(log, ['agent', 'stop', 'controller', 'stop']);
    assert.equal((await cli(['agent', '--log-level', 'loud'])).exitCode, 2);
  });
});

describe('swarmwall uninstall', () => {
  it('says what it removed', async () => {
    const result = { agentStopped: true, namespaces: ['1-abc', '1-def'], dockerUser: true };
    const world = { uninstall: () => Promise.resolve(result) };
    const ran = await cli(['uninstall'], { world });
    assert.deepEqual(
      [ran.exitCode, ran.stdout],
      [0, 'the agent ended, the rules of 2 overlay networks removed, the chain of DOCKER-USER removed\n'],
    );
    assert.deepEqual((await cli(['uninstall', '--json'], { world })).json(), result);
    const none = {
      uninstall: () => Promise.resolve({ agentStopped: false, namespaces: [], dockerUser: false }),
    };
    assert.equal(
      (await cli(['uninstall'], { world: none })).stdout,
      'nothing of Swarmwall was on this node\n',
    );
  });
});
