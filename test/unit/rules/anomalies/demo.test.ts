import assert from 'node:assert/strict';
import type { Anomaly } from '../../../../rules/anomalies/anomaly.ts';
import { createDetector } from '../../../../rules/anomalies/detect.ts';
import { THRESHOLDS } from '../../../../rules/anomalies/thresholds.ts';
import { demoPairs, ordinaryTraffic, seeded } from './demo-traffic.ts';
import { flow, service, START } from './flows.ts';

const HOUR = 3_600_000;

describe("anomalies in the demo's traffic", () => {
  it('are none in its ordinary hours, neither while its peers are learnt nor after', () => {
    const detector = createDetector();
    const found: Anomaly[] = [];
    let records = 0;
    for (const record of ordinaryTraffic(START, 2 * HOUR, seeded(1))) {
      records += 1;
      found.push(...detector.observe(record, record.last));
    }
    assert.deepEqual(found, []);
    assert.ok(records > 50_000, `${records} records`);
    assert.equal(detector.forgotten, 0);
  });

  it("are its attacker's scan, within 5 s and by its name, while the rest goes on", () => {
    const detector = createDetector();
    const refused = demoPairs().filter(({ from, allowed }) => from === 'attacker/attacker' && !allowed);
    assert.ok(refused.length >= 10, 'there is something to scan');
    const scan = refused.map(({ to, port, protocol }, step) =>
      flow(service('attacker/attacker', '10.0.0.66'), service(to), port, START + HOUR / 2 + step * 400, {
        ...{ protocol, verdict: 'denied', node: 'node2' },
      }),
    );
    const traffic = [...ordinaryTraffic(START, HOUR / 2 + 20_000, seeded(2)), ...scan].sort(
      (a, b) => a.last - b.last,
    );
    const found = traffic.flatMap((record) => detector.observe(record, record.last));
    assert.deepEqual(
      found.map(({ kind, source }) => [kind, source.name]),
      [['horizontal-scan', 'attacker/attacker']],
    );
    const [scanned] = found;
    assert.ok(scanned!.at - scan[0]!.first <= 5_000, `after ${scanned!.at - scan[0]!.first} ms`);
    assert.deepEqual(scanned!.source.addresses, ['10.0.0.66']);
    assert.deepEqual(scanned!.nodes, ['node2']);
    assert.equal(scanned!.evidence.count, THRESHOLDS.horizontal);
  });

  it('are a new peer, once its services are known', () => {
    const detector = createDetector();
    for (const record of ordinaryTraffic(START, HOUR + 10_000, seeded(3)))
      detector.observe(record, record.last);
    const at = START + HOUR + 11_000;
    const found = detector.observe(flow(service('voting/vote'), service('voting/db'), 5432, at), at);
    assert.deepEqual(
      found.map(({ kind, source, destination }) => [kind, source.name, destination?.name]),
      [['new-peer', 'voting/vote', 'voting/db']],
    );
  });
});
