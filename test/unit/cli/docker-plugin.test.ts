import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { readInvocation } from '../../../plugin/cli/docker-plugin.ts';
import { cli } from './fake-io.ts';

describe('as a docker CLI plugin', () => {
  it('gives its metadata', async () => {
    const ran = await cli(['docker-cli-plugin-metadata']);
    const metadata = ran.json<Record<string, string>>();
    assert.equal(ran.exitCode, 0);
    assert.equal(metadata['SchemaVersion'], '0.1.0');
    assert.ok(metadata['Vendor'] && metadata['ShortDescription']);
    assert.match(metadata['Version'] ?? '', /^v\d+\.\d+\.\d+/u);
  });

  it('strips what docker puts before its arguments', () => {
    const cases = [
      ['swarmwall lint a', 'lint a'],
      ['-D swarmwall lint a', 'lint a'],
      ['--log-level debug --tlsverify=false swarmwall can -c f a b', 'can -c f a b'],
      ['help swarmwall lint', 'lint --help'],
      ['swarmwall', ''],
      ['__complete swarmwall li', '__complete li'],
    ] as const;
    for (const [given, left] of cases) {
      const invocation = readInvocation(given.split(' '), {});
      assert.equal(invocation.argv.join(' '), left, given);
      assert.equal(invocation.name, 'docker swarmwall');
    }
  });

  it("turns docker's global flags into the variables that they stand for", () => {
    const env = (line: string, before = {}) => readInvocation(line.split(' '), before).env;
    assert.equal(env('-H tcp://h:1 swarmwall status')['DOCKER_HOST'], 'tcp://h:1');
    assert.equal(env('--host=ssh://h swarmwall status')['DOCKER_HOST'], 'ssh://h');
    assert.equal(env('-c prod swarmwall status')['DOCKER_CONTEXT'], 'prod');
    assert.equal(env('--config /c swarmwall status')['DOCKER_CONFIG'], '/c');
    assert.equal(
      env('-H unix:///s swarmwall status', { DOCKER_CONTEXT: 'prod' })['DOCKER_CONTEXT'],
      undefined,
    );
  });

  it('leaves other arguments alone', () => {
    for (const line of ['lint swarmwall', '-c f', '--version', 'help lint', '']) {
      const invocation = readInvocation(line.split(' '), { A: '1' });
      assert.deepEqual(invocation, { argv: line.split(' '), env: { A: '1' }, name: 'swarmwall' });
    }
  });
});
