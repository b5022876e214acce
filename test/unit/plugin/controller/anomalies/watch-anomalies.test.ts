import assert from 'node:assert/strict';
import { watchAnomalies } from '../../../../../plugin/controller/anomalies/watch-anomalies.ts';
import type { Log } from '../../../../../plugin/log.ts';
import { createMetrics } from '../../../../../plugin/metrics/registry.ts';
import type { NodePresence } from '../../../../../rules/anomalies/silent-nodes.ts';
import { flow, service } from '../../../rules/anomalies/flows.ts';
import { FakeClock } from '../../fake-clock.ts';

describe('the watch for anomalies', () => {
  const logged: string[] = [];
  const log: Log = {
    debug: () => undefined,
    info: () => undefined,
    warn: (_, message) => logged.push(message),
    error: (_, message) => logged.push(message),
    child: () => log,
  };
  beforeEach(() => {
    logged.length = 0;
  });

  it('tells the log, the metrics and who asks', async () => {
    const clock = new FakeClock();
    const metrics = createMetrics('1', 'controller');
    let state: NodePresence['state'] = 'connected';
    const watch = watchAnomalies({
      ...{ clock, log, metrics, speaks: () => true },
      nodes: () => [{ id: 'n2', hostname: 'two', address: '198.51.100.2', state }],
    });
    watch.flows(
      Array.from({ length: 6 }, (_, n) =>
        flow(service('attacker/attacker'), service(`shop/s${n}`), 80, clock.now(), { verdict: 'denied' }),
      ),
    );
    await clock.pass(10_000);
    state = 'missing';
    await clock.pass(60_000);
    watch.stop();
    assert.deepEqual(
      watch.recent().map(({ kind, source }) => [kind, source.name]),
      [
        ['horizontal-scan', 'attacker/attacker'],
        ['silent-node', 'two'],
      ],
    );
    assert.equal(logged.length, 2);
    const text = await metrics.registry.metrics();
    assert.match(text, /^swarmwall_anomalies_total\{kind="horizontal-scan"\} 1$/m);
    assert.match(text, /^swarmwall_anomalies_total\{kind="silent-node"\} 1$/m);
    assert.match(text, /^swarmwall_anomaly_state_forgotten_total 0$/m);
  });

  it('says what is wrong with the webhook, and goes on without', () => {
    const watch = watchAnomalies({
      ...{ clock: new FakeClock(), log, metrics: createMetrics('1', 'controller') },
      ...{ speaks: () => true, nodes: () => [], webhook: { url: 'file:///etc/passwd', secret: undefined } },
    });
    watch.stop();
    assert.deepEqual(logged, ['no webhook is called']);
  });
});
