import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { allowed, ask, withPolicy } from './ask.ts';

const A = 'podSelector: { matchLabels: { pod: a } }';
const INGRESS = (ports: string): string => `${A}\ningress: [{ ports: ${ports} }]`;
const EGRESS = (rule: string): string => `${A}\npolicyTypes: [Egress]\negress: [${rule}]`;
const EACH = [
  'x/b x/a:80',
  'x/b x/a:81',
  'x/b x/a:53/udp',
  'x/b x/a:7777/sctp',
  'x/b x/a:80/udp',
  'x/b x/a:80/sctp',
];

const PORTS: readonly (readonly [
  what: string,
  policy: string,
  probes: readonly string[],
  expected: readonly string[],
])[] = [
  ['no protocol is TCP', INGRESS('[{ port: 80 }]'), EACH, ['x/b x/a:80']],
  ['an empty list of ports is all', INGRESS('[]'), EACH, EACH],
  [
    'a protocol alone is all of its ports',
    INGRESS('[{ protocol: UDP }]'),
    EACH,
    ['x/b x/a:53/udp', 'x/b x/a:80/udp'],
  ],
  ['an empty port is all of TCP', INGRESS('[{}]'), EACH, ['x/b x/a:80', 'x/b x/a:81']],
  ['SCTP is not TCP', INGRESS('[{ protocol: SCTP, port: 80 }]'), EACH, ['x/b x/a:80/sctp']],
  ['UDP is not TCP', INGRESS('[{ protocol: UDP, port: 80 }]'), EACH, ['x/b x/a:80/udp']],
  [
    'several ports add up',
    INGRESS('[{ port: 81 }, { protocol: SCTP, port: 7777 }]'),
    EACH,
    ['x/b x/a:81', 'x/b x/a:7777/sctp'],
  ],
  [
    'endPort is inclusive',
    INGRESS('[{ port: 79, endPort: 80 }]'),
    [...EACH, 'x/b x/a:79', 'x/b x/a:78'],
    ['x/b x/a:80', 'x/b x/a:79'],
  ],
  [
    'a name is the pod’s port',
    INGRESS('[{ port: web }]'),
    [...EACH, 'x/b x/a:web'],
    ['x/b x/a:80', 'x/b x/a:web'],
  ],
  ['a name of another protocol is nothing', INGRESS('[{ port: dns }]'), [...EACH, 'x/b x/a:dns/UDP'], []],
  ['a name with its protocol', INGRESS('[{ port: sig, protocol: SCTP }]'), EACH, ['x/b x/a:7777/sctp']],
  [
    'a name is each selected pod’s own number',
    'podSelector: {}\ningress: [{ ports: [{ port: web }] }]',
    ['y/a x/a:80', 'y/a x/a:81', 'y/a x/b:80', 'y/a x/b:81', 'y/a x/c:82', 'y/a x/c:web'],
    ['y/a x/a:80', 'y/a x/b:81', 'y/a x/c:82', 'y/a x/c:web'],
  ],
  [
    'a name and a number add up',
    INGRESS('[{ port: web }, { port: 81 }]'),
    EACH,
    ['x/b x/a:80', 'x/b x/a:81'],
  ],
  [
    'a name that the pod does not have takes nothing from the others',
    INGRESS('[{ port: nosuch }, { port: 81 }]'),
    EACH,
    ['x/b x/a:81'],
  ],
  [
    'endPort may be the port itself, and the last of all',
    INGRESS('[{ port: 80, endPort: 80 }, { port: 65534, endPort: 65535 }]'),
    ['x/b x/a:79', 'x/b x/a:80', 'x/b x/a:81', 'x/b x/a:65533', 'x/b x/a:65534', 'x/b x/a:65535'],
    ['x/b x/a:80', 'x/b x/a:65534', 'x/b x/a:65535'],
  ],
  [
    'endPort is of its own protocol',
    INGRESS('[{ protocol: UDP, port: 50, endPort: 90 }]'),
    EACH,
    ['x/b x/a:53/udp', 'x/b x/a:80/udp'],
  ],
  [
    'TCP is neither UDP nor SCTP, on every port of it',
    INGRESS('[{ protocol: TCP }]'),
    EACH,
    ['x/b x/a:80', 'x/b x/a:81'],
  ],
  [
    'SCTP alone is neither TCP nor UDP',
    INGRESS('[{ protocol: SCTP }]'),
    EACH,
    ['x/b x/a:7777/sctp', 'x/b x/a:80/sctp'],
  ],
  [
    'of one protocol beside all of another',
    INGRESS('[{ protocol: UDP }, { port: 81 }]'),
    EACH,
    ['x/b x/a:81', 'x/b x/a:53/udp', 'x/b x/a:80/udp'],
  ],
  [
    'on egress keep protocols apart too',
    EGRESS('{ ports: [{ protocol: UDP, port: 53 }] }'),
    ['x/a x/b:53', 'x/a x/b:53/udp', 'x/a x/b:53/sctp', 'x/a 1.2.3.4:53/udp', 'x/a 1.2.3.4:53'],
    ['x/a x/b:53/udp', 'x/a 1.2.3.4:53/udp'],
  ],
  [
    'on egress a name of another protocol, or of none, is nothing',
    EGRESS('{ ports: [{ port: dns }, { port: nosuch, protocol: UDP }] }'),
    ['x/a x/b:53', 'x/a x/b:53/udp', 'x/a x/b:81'],
    [],
  ],
  ['a name that the pod does not have is nothing', INGRESS('[{ port: nosuch }]'), EACH, []],
  [
    'a name means each destination’s own number',
    EGRESS('{ ports: [{ port: web }] }'),
    ['x/a x/b:80', 'x/a x/b:81', 'x/a x/c:82', 'x/a y/a:80', 'x/a y/a:web', 'x/a 1.2.3.4:80'],
    ['x/a x/b:81', 'x/a x/c:82', 'x/a y/a:80', 'x/a y/a:web'],
  ],
  [
    'peers and ports of one rule must both hold',
    EGRESS('{ to: [{ podSelector: { matchLabels: { pod: b } } }], ports: [{ port: 81 }] }'),
    ['x/a x/b:81', 'x/a x/b:80', 'x/a x/c:81'],
    ['x/a x/b:81'],
  ],
];

const BLOCKS: readonly (readonly [
  what: string,
  rule: string,
  probes: readonly string[],
  expected: readonly string[],
])[] = [
  [
    'means addresses outside',
    '{ to: [{ ipBlock: { cidr: 1.2.3.0/24 } }] }',
    ['x/a 1.2.3.4:80', 'x/a 1.2.4.4:80', 'x/a x/b:80'],
    ['x/a 1.2.3.4:80'],
  ],
  [
    'leaves out its exceptions',
    '{ to: [{ ipBlock: { cidr: 1.2.0.0/16, except: [1.2.3.0/24, 1.2.5.5/32] } }] }',
    ['x/a 1.2.3.4:80', 'x/a 1.2.4.4:80', 'x/a 1.2.5.5:80'],
    ['x/a 1.2.4.4:80'],
  ],
  [
    'what one block excepts another may hold',
    '{ to: [{ ipBlock: { cidr: 1.2.0.0/16, except: [1.2.3.0/24] } }, { ipBlock: { cidr: 1.2.3.4/32 } }] }',
    ['x/a 1.2.3.4:80', 'x/a 1.2.3.5:80'],
    ['x/a 1.2.3.4:80'],
  ],
  [
    'may be IPv6',
    '{ to: [{ ipBlock: { cidr: "2001:db8::/32", except: ["2001:db8:1::/48"] } }] }',
    ['x/a 2001:db8::1:80', 'x/a 2001:db8:1::1:80', 'x/a 1.2.3.4:80'],
    ['x/a 2001:db8::1:80'],
  ],
  [
    'of all of IPv4 is not IPv6',
    '{ to: [{ ipBlock: { cidr: 0.0.0.0/0 } }] }',
    ['x/a 1.2.3.4:80', 'x/a 2001:db8::1:80', 'x/a y/b:80'],
    ['x/a 1.2.3.4:80', 'x/a y/b:80'],
  ],
  [
    'and a pod’s peer add up',
    '{ to: [{ ipBlock: { cidr: 1.2.3.0/24 } }, { podSelector: { matchLabels: { pod: b } } }] }',
    ['x/a 1.2.3.4:80', 'x/a 1.3.3.4:80', 'x/a x/b:80', 'x/a x/c:80'],
    ['x/a 1.2.3.4:80', 'x/a x/b:80'],
  ],
  [
    'holds with the rule’s ports',
    '{ to: [{ ipBlock: { cidr: 0.0.0.0/0 } }, { ipBlock: { cidr: "::/0" } }], ports: [{ port: 443 }] }',
    ['x/a 1.2.3.4:443', 'x/a 1.2.3.4:80', 'x/a 2001:db8::1:443', 'x/a 1.2.3.4:443/udp'],
    ['x/a 1.2.3.4:443', 'x/a 2001:db8::1:443'],
  ],
  [
    'of one address is that address',
    '{ to: [{ ipBlock: { cidr: 1.2.3.4/32 } }, { ipBlock: { cidr: "2001:db8::4/128" } }] }',
    ['x/a 1.2.3.3:80', 'x/a 1.2.3.4:80', 'x/a 1.2.3.5:80', 'x/a 2001:db8::4:80', 'x/a 2001:db8::5:80'],
    ['x/a 1.2.3.4:80', 'x/a 2001:db8::4:80'],
  ],
  [
    'leaves out pods by their own addresses',
    '{ to: [{ ipBlock: { cidr: 10.0.0.0/8, except: [10.121.0.0/16] } }] }',
    ['x/a x/b:80', 'x/a y/b:80', 'x/a z/b:80'],
    ['x/a x/b:80', 'x/a z/b:80'],
  ],
  [
    'means a pod by its own address',
    '{ to: [{ ipBlock: { cidr: 10.121.0.2/32 } }] }',
    ['x/a y/b:80', 'x/a y/a:80', 'x/a 10.121.0.2:80'],
    ['x/a y/b:80', 'x/a 10.121.0.2:80'],
  ],
];

describe('Ports of a NetworkPolicy', () => {
  for (const [what, policy, probes, expected] of PORTS)
    it(what, () => assert.deepEqual(allowed(withPolicy(policy), probes), expected));

  it('asked for by a name that the destination does not have are closed, with a word', () => {
    const [open] = ask(withPolicy(), ['x/a x/b:nosuch']);
    assert.deepEqual([open?.allowed, open?.note], [false, 'x/b has no tcp port called nosuch']);
  });
});

describe('An ipBlock', () => {
  for (const [what, rule, probes, expected] of BLOCKS)
    it(what, () => assert.deepEqual(allowed(withPolicy(EGRESS(rule)), probes), expected));

  for (const [what, rule, probes, expected] of BLOCKS)
    it(`that connections come from: ${what}`, () => {
      const back = (each: string) =>
        each.replace(/^x\/a (.*):(.*)$/u, (_, from, port) => `${from} x/a:${port}`);
      const policy = `${A}\ningress: [${rule.replace('{ to:', '{ from:')}]`;
      assert.deepEqual(allowed(withPolicy(policy), probes.map(back)), expected.map(back));
    });
});

describe('Traffic to oneself', () => {
  const replicas = (
    count: number,
  ): string => `${withPolicy(`podSelector: {}\npolicyTypes: [Ingress, Egress]`)}
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: d, namespace: x }
spec: { replicas: ${count}, template: { metadata: { labels: { app: d } }, spec: { containers: [] } } }`;

  it('cannot be denied to a pod', () => {
    const [self] = ask(replicas(1), ['x/a x/a:80']);
    assert.deepEqual(
      [self?.allowed, self?.ingress, self?.policies],
      [true, 'not-isolated', { egress: [], ingress: [] }],
    );
    assert.deepEqual(allowed(replicas(1), ['x/d x/d:80']), ['x/d x/d:80']);
  });

  it('is between pods where a workload has several', () =>
    assert.deepEqual(allowed(replicas(2), ['x/d x/d:80']), []));
});

describe('An answer', () => {
  it('names the rules that allow, and the policies that isolate', () => {
    const [yes, no] = ask(withPolicy(INGRESS('[{ port: 80 }]')), ['x/b x/a:80', 'x/b x/a:81']);
    assert.deepEqual([yes?.ingress, yes?.egress, no?.ingress], ['allowed', 'not-isolated', 'denied']);
    assert.equal(yes?.policies.ingress.length, 1);
    const [rule, policy] = [yes?.policies.ingress[0], no?.policies.ingress[0]];
    assert.deepEqual(
      [rule?.name, rule?.stack, rule?.direction, rule?.file],
      ['p0', 'x', 'ingress', 'm.yaml'],
    );
    assert.ok(policy && rule && policy.line < rule.line);
  });
});
