import assert from 'node:assert/strict';
import { monitorDrift } from '../../../../plugin/kernel/drift-monitor.ts';
import { namespaceAt } from '../../../../plugin/kernel/namespace.ts';
import { FakeClock } from '../fake-clock.ts';
import { FakeRun } from '../fake-run.ts';

const setUp = () => {
  const clock = new FakeClock();
  const started: string[] = [];
  let say: (line: string) => void = () => undefined;
  let end: () => void = () => undefined;
  let drifts = 0;
  const monitor = monitorDrift({
    namespace: namespaceAt('/ns/1-net', new FakeRun().run),
    follow: (file, args, onLine) => {
      started.push([file, ...args].join(' '));
      say = onLine;
      return { stop: () => undefined, ended: new Promise((resolve) => (end = resolve)) };
    },
    clock,
    concerns: (line) => line.includes('swarmwall'),
    onDrift: () => (drifts += 1),
  });
  const transaction = (...lines: readonly string[]): void => {
    for (const line of lines) say(line);
    say('# new generation 5 by process 77 (nft)');
  };
  return { clock, monitor, started, transaction, drifts: () => drifts, end: () => end() };
};

const OURS = 'delete element inet swarmwall ids { 10.0.0.1 : 1 }';

describe('the drift monitor', () => {
  it('dies with its agent, so that no namespace outlives its network', () => {
    assert.deepEqual(setUp().started, ['nsenter --net=/ns/1-net -- setpriv --pdeathsig KILL nft monitor']);
  });

  it('tells others’ transactions from our own by their number', () => {
    const { monitor, transaction, drifts } = setUp();
    monitor.expect();
    transaction(OURS, OURS);
    assert.equal(drifts(), 0);
    transaction(OURS);
    assert.equal(drifts(), 1);
    monitor.expect();
    transaction(OURS);
    transaction(OURS);
    assert.equal(drifts(), 2, 'one of the two was not ours, whichever came first');
  });

  it('does not mind what is not ours', () => {
    const { transaction, drifts } = setUp();
    transaction('add rule ip filter FORWARD counter');
    assert.equal(drifts(), 0);
  });

  it('lets no expectation of ours hide a later change', async () => {
    const { clock, monitor, transaction, drifts } = setUp();
    monitor.expect();
    clock.set(-3_600_000);
    await clock.pass(2_000);
    transaction(OURS);
    assert.equal(drifts(), 1);
  });

  it('is started again when it ends, and suspects what happened meanwhile', async () => {
    const { clock, started, drifts, end, monitor } = setUp();
    end();
    await clock.pass(1_000);
    assert.equal(drifts(), 1);
    assert.equal(started.length, 2);
    monitor.stop();
    end();
    await clock.pass(5_000);
    assert.equal(started.length, 2);
  });
});
