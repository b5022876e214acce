import assert from 'node:assert/strict';
import { DEFAULT_CONFIG } from '../../../../plugin/config.ts';
import { flag, nodeHost } from '../../../../plugin/node/node-host.ts';
import { FakeRun } from '../fake-run.ts';

describe("dockerd's flags", () => {
  it('are read with a space or an equals sign', () => {
    for (const argv of [
      ['dockerd', '--config-file', '/a.json', '--debug'],
      ['dockerd', '--config-file=/a.json'],
    ])
      assert.equal(flag(argv, '--config-file'), '/a.json');
    assert.equal(flag(['dockerd', '--config-files=/a.json'], '--config-file'), undefined);
  });
});

describe('the plugin on a node', () => {
  for (const [listed, state] of [
    ['', 'absent'],
    ['swarmwall-other:latest true\n', 'absent'],
    ['other:1 true\nswarmwall:latest true\n', 'enabled'],
    ['swarmwall:latest false\n', 'disabled'],
  ] as const)
    it(`is ${state}: ${JSON.stringify(listed)}`, async () => {
      const fake = new FakeRun();
      const format = '{{.Name}} {{.Enabled}}';
      fake.answers.set(
        `docker --host unix://${DEFAULT_CONFIG.dockerSocket} plugin ls --format ${format}`,
        listed,
      );
      assert.equal(await nodeHost(DEFAULT_CONFIG, fake.run).plugin(), state);
    });
});
