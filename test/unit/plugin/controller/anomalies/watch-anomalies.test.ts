import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
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
    await watch.stop();
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

  it('calls the webhook, with the evidence, where the leader is', async () => {
    const posted: { readonly kind: string; readonly nodes: readonly string[] }[] = [];
    const receiver = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (part: string) => (body += part));
      request.on('end', () => {
        posted.push(JSON.parse(body) as (typeof posted)[number]);
        response.end();
      });
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const url = `http://127.0.0.1:${(receiver.address() as { port: number }).port}/`;
    const clock = new FakeClock();
    let leads = false;
    const watch = watchAnomalies({
      ...{ clock, log, metrics: createMetrics('1', 'controller') },
      ...{ speaks: () => leads, nodes: () => [], webhook: { url, secret: undefined } },
    });
    const burst = (name: string) => {
      const verdict = { verdict: 'denied', connections: 0, packets: 500, node: 'two' } as const;
      watch.flows([flow(service(name), service('shop/db'), 5432, clock.now(), verdict)]);
    };
    burst('shop/one');
    assert.equal(watch.waiting, 0);
    leads = true;
    burst('shop/two');
    for (let turn = 0; turn < 1_000 && posted.length === 0; turn += 1)
      await new Promise((resolve) => setTimeout(resolve, 10));
    await watch.stop();
    receiver.close();
    receiver.closeAllConnections();
    assert.deepEqual(
      posted.map(({ kind, nodes }) => [kind, nodes]),
      [['deny-burst', ['two']]],
    );
    assert.equal(watch.recent().length, 2);
  });

  it('says what is wrong with the webhook, and goes on without', async () => {
    const watch = watchAnomalies({
      ...{ clock: new FakeClock(), log, metrics: createMetrics('1', 'controller') },
      ...{ speaks: () => true, nodes: () => [], webhook: { url: 'file:///etc/passwd', secret: undefined } },
    });
    await watch.stop();
    assert.deepEqual(logged, ['no webhook is called']);
  });
});
