import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { outsidePlaces } from '../../../../rules/outside-places.ts';
import type { FlowTotal } from '../../../../rules/map/flow-totals.ts';
import { pairDetails } from '../../../../rules/map/pair-details.ts';
import { policyMap } from '../../../../rules/map/policy-arrows.ts';
import { serviceDetails } from '../../../../rules/map/service-details.ts';
import { serviceMap } from '../../../../rules/map/service-map.ts';
import { votingCluster } from '../../../browser/map-clusters.ts';

const NOW = 1_800_000_000_000;
const { cluster } = await votingCluster(NOW);
const policy = policyMap(cluster);

function total(from: string, to: string, port: number, part: Partial<FlowTotal> = {}): FlowTotal {
  const ends = { from: `service ${from}`, to: `service ${to}` };
  const sums = { connections: 1, packets: 2, bytes: 3, last: NOW };
  return { ...ends, protocol: 'tcp', port, verdict: 'allowed', ...sums, ...part };
}

function arrows(totals: readonly FlowTotal[], from: string, to: string) {
  return serviceMap(cluster, policy, totals).arrows.filter(
    (arrow) => arrow.from.endsWith(` ${from}`) && arrow.to.endsWith(` ${to}`),
  );
}

describe('the service map', () => {
  it('has an arrow for each pair that a policy allows, and none for what nobody restricts', () => {
    assert.deepEqual(
      policy.arrows.filter(({ to }) => to === 'service voting/db').map(({ from, ports }) => [from, ports]),
      [
        ['service voting/api', [{ protocol: 'tcp', port: 5432 }]],
        ['service voting/worker', [{ protocol: 'tcp', port: 5432 }]],
      ],
    );
    assert.deepEqual(
      policy.arrows.filter(({ from }) => from === 'service attacker/attacker'),
      [],
    );
    // monitoring's egress is open, so whoever restricts nothing is no arrow either.
    assert.ok(!policy.arrows.some(({ to }) => to === 'service attacker/attacker'));
  });

  it('has the world where a port is published, and a block where a policy names it', () => {
    const outside = policy.arrows.filter(({ from }) => from.startsWith('outside'));
    assert.deepEqual(
      outside.map(({ from, to }) => `${from} > ${to}`),
      [
        'outside world > service voting/vote',
        'outside world > service voting/result',
        'outside 203.0.113.0/24 > service monitoring/prometheus',
      ],
    );
  });

  it('needs a way: services without a common network have no arrow', () => {
    const apart = policyMap({
      ...cluster,
      members: new Map([['n1', new Set(['voting/api', 'voting/queue'])]]),
    });
    assert.deepEqual(
      apart.arrows.filter(({ from }) => from.startsWith('service')).map(({ from, to }) => `${from} > ${to}`),
      ['service voting/api > service voting/queue'],
    );
    const ingress = policyMap({ ...cluster, networks: [{ ...cluster.networks[0]!, ingress: true }] });
    assert.deepEqual(
      ingress.arrows.filter(({ from }) => from.startsWith('service')),
      [],
    );
  });

  it('calls an allow unused until a flow uses it, and names the ports that none did', () => {
    assert.deepEqual(
      arrows([], 'voting/api', 'voting/db').map(({ state }) => state),
      ['unused'],
    );
    const used = arrows([total('voting/api', 'voting/db', 5432)], 'voting/api', 'voting/db');
    assert.deepEqual(
      used.map(({ state, unusedPorts }) => [state, unusedPorts]),
      [['allowed', undefined]],
    );
    const [denied, still] = arrows(
      [total('voting/api', 'voting/db', 22, { verdict: 'denied' })],
      'voting/api',
      'voting/db',
    );
    assert.deepEqual([denied?.state, denied?.ports, still?.state], ['denied', ['22/tcp'], 'unused']);
  });

  it('shows services and places that only flows know', () => {
    const map = serviceMap(cluster, policy, [
      { ...total('old/gone', 'voting/db', 5432, { verdict: 'denied' }) },
      { ...total('', 'voting/db', 5432, { verdict: 'denied' }), from: 'outside unknown addresses' },
    ]);
    assert.deepEqual(
      map.places.find(({ id }) => id === 'service old/gone'),
      {
        ...{ id: 'service old/gone', kind: 'service', stack: 'old', name: 'gone' },
        ...{ ingress: false, egress: false, mode: 'enforce', gone: true },
      },
    );
    assert.ok(map.places.some(({ id, kind }) => id === 'outside unknown addresses' && kind === 'outside'));
  });

  it('says which lines allow a pair, and which close it', () => {
    const externals = outsidePlaces(cluster);
    const found = pairDetails(cluster, externals, 'service voting/api', 'service voting/db');
    assert.deepEqual(
      found?.allowed.map(({ ports }) => ports),
      ['5432/tcp'],
    );
    assert.deepEqual(
      found?.allowed[0]?.lines.map(({ direction, policy: name }) => [direction, name]),
      [
        ['egress', 'voting/api.egress'],
        ['ingress', 'voting/db.ingress'],
      ],
    );
    assert.ok(
      found?.allowed[0]?.lines.every(
        ({ file, line }) => file === 'examples/voting/compose.yaml' && line! > 1,
      ),
    );
    const none = pairDetails(cluster, externals, 'service attacker/attacker', 'service voting/db');
    assert.deepEqual(none?.allowed, []);
    assert.deepEqual(
      none?.closedBy.map(({ policy: name }) => name),
      ['voting/db.ingress'],
    );
    assert.equal(pairDetails(cluster, externals, 'outside nodes', 'service voting/db'), undefined);
  });

  it('tells the rules of a service as a label would', () => {
    const of = (key: string) => cluster.services.find((each) => each.key === key)!;
    const rules = (key: string) =>
      serviceDetails(of(key), undefined).rules.map(({ direction, text }) => `${direction} ${text}`);
    assert.deepEqual(rules('voting/db'), ['ingress api:5432', 'ingress worker:5432', 'egress none']);
  });
});
