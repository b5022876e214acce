import assert from 'node:assert/strict';
import type { ClusterRule, Peer, PolicyRule } from '../../../compose-ext/policy-model.ts';
import { connectivityOf, type ConnectivityInput } from '../../../rules/connectivity.ts';
import { createEvaluator } from '../../../rules/evaluator.ts';
import { createLookups, LIVE } from '../../../rules/lookups.ts';
import { createParty } from '../../../rules/party.ts';
import type { Other } from '../../../rules/peer.ts';
import { at, peer, policy, rule, selector, service, stack, tcp } from './policy-cluster.ts';

const open = { defaults: { ingress: 'allow', egress: 'allow' } } as const;
const stacks = [stack('s', open), stack('t', open)];
const CALLERS = [service('s/web', { labels: { app: 'web' } }), service('t/web', { labels: { app: 'web' } })];
const EXTERNALS = new Map([['node', '192.0.2.1']]);

/** Who reaches whom of these on TCP 80, asked one by one and all at once. */
function reaching(input: Partial<ConnectivityInput>, targets: readonly string[]): readonly string[] {
  const whole = { stacks, services: [], externals: EXTERNALS, nodeAddresses: ['192.0.2.1'], ...input };
  const { judge } = createEvaluator(whole);
  const places = [...whole.services.map(({ key }) => key), ...whole.externals.keys()];
  const asked = places.flatMap((from) =>
    targets.filter((to) => to !== from).map((to) => ({ from, to, text: `${from}>${to}` })),
  );
  const place = (name: string) => (name === 'node' ? { address: '192.0.2.1' } : ({ service: name } as const));
  const byOne = asked
    .filter(({ from, to }) => judge({ from: place(from), to: place(to), protocol: 'tcp', port: 80 }).allowed)
    .map(({ text }) => text);
  const byRows = [...connectivityOf(whole)]
    .filter(({ to }) => targets.includes(to))
    .filter(({ ports }) => ports.some((span) => span.protocol === 'any' || (span.port ?? 80) === 80))
    .map(({ from, to }) => `${from}>${to}`);
  assert.deepEqual(byOne.toSorted(), byRows.toSorted());
  return byOne;
}

describe('Rules that are written alike', () => {
  it('mean the services of their own stacks where they name none', () => {
    const peers: readonly Peer[] = [{ kind: 'selector', services: selector({ app: 'web' }) }];
    const policies = ['s', 't'].map((name) => policy(name, { on: 'db', ingress: [rule(peers, [tcp(80)])] }));
    const services = [...CALLERS, service('s/db', {}, policies), service('t/db', {}, policies)];
    assert.deepEqual(reaching({ services }, ['s/db', 't/db']), ['s/web>s/db', 't/web>t/db']);
  });

  it('mean the same services whichever stack they are of where they name stacks', () => {
    const peers: readonly Peer[] = [{ kind: 'selector', stacks: selector({ name: 's' }) }];
    const policies = ['s', 't'].map((name) => policy(name, { on: 'db', ingress: [rule(peers, [tcp(80)])] }));
    const services = [...CALLERS, service('s/db', {}, policies), service('t/db', {}, policies)];
    assert.deepEqual(reaching({ services }, ['s/db', 't/db']), ['s/web>s/db', 's/web>t/db', 's/db>t/db']);
  });

  it('mean more to deny than to allow', () => {
    const anyone: readonly Peer[] = [{ kind: 'any' }];
    const says = (name: string, action: ClusterRule['action'], peers: readonly Peer[]) => ({
      ...({
        name,
        tier: 'admin',
        priority: 0,
        subject: { services: selector({ app: name }) },
        egress: [],
      } as const),
      ...{ ingress: [{ action, peers, ports: [], origin: at(1) }], origin: at(1) },
    });
    const services = ['allows', 'denies', 'unknown', 'refused'].map((app) =>
      service(`s/${app}`, { labels: { app } }, [policy('s', {})]),
    );
    const nobody: readonly Peer[] = [{ kind: 'group', group: 'nobody' }];
    const clusterPolicies = [
      ...[says('allows', 'allow', anyone), says('denies', 'deny', anyone)],
      ...[says('unknown', 'allow', nobody), says('refused', 'deny', nobody)],
    ];
    assert.deepEqual(
      reaching({ services: [...services, ...CALLERS], clusterPolicies }, ['s/allows', 's/denies']),
      ['s/denies>s/allows', 's/unknown>s/allows', 's/refused>s/allows', 's/web>s/allows', 't/web>s/allows'],
    );
    const opened = services.map((each) => ({ ...each, policies: [] }));
    assert.deepEqual(
      reaching({ services: opened, clusterPolicies }, ['s/unknown', 's/refused']).filter((each) =>
        each.startsWith('node'),
      ),
      ['node>s/unknown'],
    );
  });
});

describe('What is looked up once', () => {
  const others = Array.from({ length: 300 }, (_, index): Other => {
    const found = service(`s/n${index}`, { ports: [{ protocol: 'tcp', target: 1 + index, name: 'web' }] });
    return { kind: 'service', party: createParty(found, stack('s', open)) };
  });
  const rules = others.map((_, index): PolicyRule => rule([peer(`s/n${index}`)], [tcp('web')]));
  const side = createParty(service('s/all', {}, [policy('s', { egress: rules })]), stack('s', open)).sides
    .egress;

  it('is the same as what is looked up each time, for more rules than one table begins with', () => {
    const { admitting, portsAt } = createLookups();
    for (let round = 0; round < 2; round++)
      for (const [index, other] of others.entries()) {
        // Backwards, so that the first asked is far beyond where the table ends.
        const admitted = side.rules.toReversed().filter(admitting(other));
        assert.deepEqual(admitted, [side.rules[index]]);
        assert.deepEqual(admitted.map(portsAt(other)), admitted.map(LIVE.portsAt(other)));
      }
  });
});
