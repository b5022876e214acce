import assert from 'node:assert/strict';
import type { ClusterPolicy } from '../../../compose-ext/policy-model.ts';
import { answerProbes, type ProbedCluster } from '../../../rules/probe.ts';
import { at, peer, policy, rule, service, stack, tcp } from './policy-cluster.ts';

const ports = [
  { protocol: 'udp', target: 9000, name: 'http' },
  { protocol: 'tcp', target: 8080, name: 'http' },
] as const;
const lock = policy('s', { name: 'lock', on: 'db', ingress: [rule([peer('s/web')], [tcp(8080)], 7)] });
const BARE: ProbedCluster = {
  stacks: [stack('s', { defaults: { ingress: 'allow', egress: 'allow' } })],
  services: [service('s/web'), service('s/db', { ports }, [lock]), service('s/api')],
};
const CLUSTER: ProbedCluster = {
  ...BARE,
  single: new Set(['s/db']),
  owners: new Map([['10.0.0.1', 's/web']]),
  externals: new Map([
    ['office', '198.51.100.1'],
    ['webs', '10.0.0.1'],
  ]),
};

const WHOLE = { src: 's/web', dst: 's/db', protocol: 'TCP', port: 8080 };

function ask(asked: object, cluster = CLUSTER) {
  const { answers, problems } = answerProbes(cluster, [{ ...WHOLE, ...asked }]);
  assert.deepEqual(problems, []);
  return [...answers][0]!;
}

function problem(written: unknown): string | undefined {
  const { answers, problems } = answerProbes(CLUSTER, [WHOLE, written]);
  assert.equal([...answers].length, problems.length === 0 ? 2 : 1);
  assert.deepEqual(
    problems.map(({ index }) => index),
    problems.map(() => 1),
  );
  return problems[0]?.message;
}

describe('A probe', () => {
  it('is answered with what it carries, both sides, and the rule that allows with its place', () => {
    const origin = { file: 'compose.yaml', line: 7, column: 1 };
    assert.deepEqual(ask({ id: 5 }), {
      ...{ ...WHOLE, id: 5, allowed: true, ingress: 'allowed', egress: 'not-isolated' },
      policies: { egress: [], ingress: [{ name: 'lock', stack: 's', direction: 'ingress', ...origin }] },
    });
  });

  it('that is denied names the policies that isolate', () => {
    const { allowed, ingress, policies } = ask({ src: 's/api' });
    assert.deepEqual([allowed, ingress, policies.ingress.map(({ line }) => line)], [false, 'denied', [1]]);
  });

  it('that a cluster policy denies names that one alone', () => {
    const clusterPolicy: ClusterPolicy = {
      ...{ name: 'no', tier: 'admin', priority: 0, subject: {}, egress: [], origin: at(1) },
      ingress: [{ action: 'deny', peers: [], ports: [], origin: at(3) }],
    };
    const denied = ask({}, { ...CLUSTER, clusterPolicies: [clusterPolicy] });
    assert.deepEqual(denied.policies, {
      egress: [],
      ingress: [{ name: 'no', stack: '', cluster: true, direction: 'ingress', ...at(3) }],
    });
    assert.equal(denied.allowed, false);
  });

  it('is answered in its place, whatever the order in which they are worked out', () => {
    const asked = ['s/db', 's/api', 's/web', 's/api', 's/db'].map((dst, id) => ({
      ...WHOLE,
      src: 's/api',
      dst,
      id,
    }));
    const answers = [...answerProbes(BARE, asked).answers];
    assert.deepEqual(
      answers.map(({ dst, allowed, ...rest }) => [dst, allowed, 'id' in rest && rest.id]),
      [
        ['s/db', false, 0],
        ['s/api', true, 1],
        ['s/web', true, 2],
        ['s/api', true, 3],
        ['s/db', false, 4],
      ],
    );
  });

  it('shares its lists of policies with the probes that the same ones decide', () => {
    const asked = ['s/web', 's/web', 's/api', 's/api'].map((src) => ({ ...WHOLE, src }));
    const [first, second, third, fourth] = [...answerProbes(CLUSTER, asked).answers];
    assert.equal(first?.policies.ingress, second?.policies.ingress);
    assert.equal(third?.policies.ingress, fourth?.policies.ingress);
    assert.notDeepEqual(first?.policies.ingress, third?.policies.ingress);
  });

  it('names each list that begins as another does', () => {
    const names = ['one', 'two', 'three'];
    const policies = names.map((name, index) => {
      const peers = names.slice(index).map((app) => peer(`s/${app}`));
      return policy('s', { name, on: 'db', ingress: [rule(peers)] });
    });
    const cluster = {
      ...BARE,
      services: [...names.map((name) => service(`s/${name}`)), service('s/db', { ports }, policies)],
    };
    const asked = ['three', 'one', 'two', 'one'].map((name) => ({ ...WHOLE, src: `s/${name}` }));
    assert.deepEqual(
      Array.from(answerProbes(cluster, asked).answers, (each) =>
        each.policies.ingress.map(({ name }) => name),
      ),
      [names, ['one'], ['one', 'two'], ['one']],
    );
  });

  it('names protocols in either case, and ports by number, digits or the destination’s name', () => {
    for (const protocol of ['tcp', 'TCP', 'Tcp']) assert.ok(ask({ protocol }).allowed);
    for (const protocol of ['UDP', 'sctp']) assert.ok(!ask({ protocol }).allowed);
    for (const port of [8080, '8080', 'http']) assert.ok(ask({ port }).allowed, String(port));
    for (const port of [1, 65535, '65535', '80', 9000]) assert.ok(!ask({ port }).allowed, String(port));
    assert.ok(ask({ dst: 's/api', port: 1 }).allowed && ask({ dst: 's/api', port: 65535 }).allowed);
  });

  it('for a port by a name that the destination has not is closed, with a note', () => {
    assert.equal(ask({ port: 'http' }).note, undefined);
    const closed = (asked: object) => {
      const { allowed, note } = ask(asked);
      return [allowed, note];
    };
    const note = (text: string) => [false, text];
    assert.deepEqual(closed({ port: 'web2' }), note('s/db has no tcp port called web2'));
    assert.deepEqual(closed({ port: '80a' }), note('s/db has no tcp port called 80a'));
    assert.deepEqual(closed({ port: 'a80' }), note('s/db has no tcp port called a80'));
    assert.deepEqual(closed({ port: 'http', protocol: 'sctp' }), note('s/db has no sctp port called http'));
    assert.deepEqual(closed({ port: 'http', dst: '1.2.3.4' }), note('1.2.3.4 has no tcp port called http'));
  });

  it('may be from and to addresses, names of addresses, and addresses of services', () => {
    assert.equal(ask({ src: 'office' }).allowed, false);
    assert.equal(ask({ src: '198.51.100.1' }).allowed, false);
    assert.ok(ask({ dst: 'office' }).allowed);
    assert.ok(ask({ src: '10.0.0.1' }).allowed);
    assert.ok(ask({ src: '::ffff:10.0.0.1' }).allowed);
    assert.ok(ask({ src: 'webs' }).allowed);
    assert.equal(ask({ src: '10.0.0.2' }).allowed, false);
  });

  it('from one pod to itself passes, and of several is judged', () => {
    const self = ask({ src: 's/db' });
    const { allowed, ingress, egress, policies, note } = self;
    assert.deepEqual(
      [allowed, ingress, egress, policies, note],
      [true, 'not-isolated', 'not-isolated', { ingress: [], egress: [] }, 'a pod always reaches itself'],
    );
    assert.equal(ask({ src: 's/db' }, BARE).allowed, false);
    assert.equal(ask({ src: 's/db' }, { ...CLUSTER, single: new Set(['s/web']) }).allowed, false);
    assert.equal(ask({ src: 's/api', dst: 's/db' }).allowed, false);
    assert.equal(ask({ src: '1.2.3.4', dst: '1.2.3.4' }).note, undefined);
  });

  const noObject = 'must be an object { src, dst, protocol, port }';
  const noName = (key: string) => `"${key}" must be a name or an address`;
  const noProtocol = '"protocol" must be TCP, UDP or SCTP';
  const noPort = '"port" must be a number from 1 to 65535, or the name of a port';
  const MISTAKES: readonly (readonly [written: unknown, message: string])[] = [
    ...[null, 1, 'x', undefined, [WHOLE]].map((written) => [written, noObject] as const),
    [{}, [noName('src'), noName('dst'), noProtocol, noPort].join('; ')],
    [{ ...WHOLE, src: 1, dst: '' }, `${noName('src')}; ${noName('dst')}`],
    [{ ...WHOLE, src: null, port: 0 }, `${noName('src')}; ${noPort}`],
    [{ ...WHOLE, src: 's/wbe' }, '"src": there is no s/wbe; did you mean s/web?'],
    [{ ...WHOLE, dst: 'offce' }, '"dst": there is no offce; did you mean office?'],
    [{ ...WHOLE, dst: 'x/totally-else' }, '"dst": there is no x/totally-else'],
    [
      { ...WHOLE, src: 'x/totally-else', dst: 'x/totally-else' },
      '"src": there is no x/totally-else; "dst": there is no x/totally-else',
    ],
    ...['icmp', '', 'TCPS', 6, null].map((protocol) => [{ ...WHOLE, protocol }, noProtocol] as const),
    ...[0, 65536, -1, 1.5, NaN, '', '0', '65536', null, true, [80]].map(
      (port) => [{ ...WHOLE, port }, noPort] as const,
    ),
  ];
  for (const [written, message] of MISTAKES)
    it(`${JSON.stringify(written)} is told: ${message}`, () => assert.equal(problem(written), message));

  it('of a cluster without names of addresses is told what is near, too', () => {
    const { problems } = answerProbes(BARE, [{ ...WHOLE, src: 's/dbb' }]);
    assert.equal(problems[0]?.message, '"src": there is no s/dbb; did you mean s/db?');
  });
});
