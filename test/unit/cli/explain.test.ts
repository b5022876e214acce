import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { GetApi } from '../../../plugin/cli/api-client.ts';
import type { Explained } from '../../../plugin/cli/explain/explained.ts';
import { cli, inFolder, type RunOptions } from './fake-io.ts';

const FILE = `name: shop
services:
  web:
    image: nginx
    ports: [{ target: 8080, published: 80, name: http }]
    deploy:
      labels:
        tier: front
        swarmwall.ingress: "world:http 10.0.0.0/8!10.1.0.0/16:9000-9010/sctp"
  api:
    image: api
    deploy: { labels: { tier: back, swarmwall.ingress: "none" } }
  db:
    image: pg
    deploy: { labels: { tier: back } }
x-swarmwall:
  policies:
    - name: backend
      serviceSelector: { matchExpressions: [{ key: tier, operator: In, values: [back] }] }
      ingress:
        - from: [{ serviceSelector: { matchLabels: { tier: back } } }, { ipBlock: { cidr: 192.0.2.0/24 } }]
          ports: [{ port: 5000, endPort: 6000 }, { port: 53, protocol: UDP }]
`;

function explain(from: string, to: string, options: RunOptions = {}, ...more: readonly string[]) {
  return inFolder({ 'c.yaml': FILE }, (cwd) =>
    cli(['explain', '-c', 'c.yaml', ...more, from, to], { cwd, ...options }),
  );
}

/** What is proposed, and what else it changes. */
const advice = (stdout: string): readonly string[] =>
  /^to (?:allow|deny) it:\n([^]*)$/mu
    .exec(stdout)?.[1]
    ?.trimEnd()
    .split('\n')
    .map((line) => line.trim()) ?? [];

const NOTHING_ELSE = 'nothing else changes between services, or with the world';

describe('swarmwall explain', () => {
  const cases: readonly (readonly [
    question: string,
    exitCode: number,
    why: RegExp,
    proposed: readonly string[],
  ])[] = [
    [
      'world web:http',
      0,
      /\+ on http\/tcp: http is 8080 at the destination/u,
      ['take "world:http" out of swarmwall.ingress of shop/web (c.yaml:9:29)', NOTHING_ELSE],
    ],
    [
      '10.0.0.1 web:9005/sctp',
      0,
      /\+ from 10\.0\.0\.0\/8!10\.1\.0\.0\/16: 10\.0\.0\.1 is in 10\.0\.0\.0\/8/u,
      [
        'write "10.0.0.0/8!10.1.0.0/16:9000-9004/sctp,9006-9010/sctp" in place of "10.0.0.0/8!10.1.0.0/16:9000-9010/sctp" in swarmwall.ingress of shop/web (c.yaml:9:40)',
        NOTHING_ELSE,
      ],
    ],
    [
      '10.1.0.1 web:9005/sctp',
      1,
      /- from 10\.0\.0\.0\/8!10\.1\.0\.0\/16: 10\.1\.0\.1 is in 10\.1\.0\.0\/16, which 10\.0\.0\.0\/8 excepts/u,
      ['add "10.1.0.1:9005/sctp" to swarmwall.ingress of shop/web (c.yaml:9:28)', NOTHING_ELSE],
    ],
    [
      'web db:5500',
      1,
      /- from \{tier=back\}: shop\/web: label tier is "front", not "back"/u,
      ['give shop/db the label swarmwall.ingress: "web:5500" (c.yaml:13:3)', NOTHING_ELSE],
    ],
    [
      'api db:icmp',
      1,
      /- on 53\/udp: icmp passes only where a rule names no port at all/u,
      [
        'give shop/db the label swarmwall.ingress: "api" (c.yaml:13:3)',
        'it also changes:',
        'shop/api → shop/db: 5000-6000/tcp 53/udp, then all',
      ],
    ],
    [
      // Not "egress: none", which would take the world from api.
      'api db:5500',
      0,
      /\+ on 5000-6000\/tcp: 5500 is in 5000-6000/u,
      [
        'narrow ingress rule 1 of policy backend of stack shop to 192.0.2.0/24 on 5000-6000/tcp, 53/udp, and a rule {tier=back} on 5000-5499/tcp, 5501-6000/tcp, 53/udp (c.yaml:21:11)',
        'it also changes:',
        'shop/api → shop/api: 5000-6000/tcp 53/udp, then 5000-5499/tcp 5501-6000/tcp 53/udp',
        'shop/db → shop/api: 5000-6000/tcp 53/udp, then 5000-5499/tcp 5501-6000/tcp 53/udp',
        'shop/db → shop/db: 5000-6000/tcp 53/udp, then 5000-5499/tcp 5501-6000/tcp 53/udp',
      ],
    ],
    [
      'api 192.0.2.1:53/udp',
      0,
      /egress of shop\/api: not isolated/u,
      [
        'give shop/api the label swarmwall.egress: "none" (c.yaml:10:3)',
        'it also changes:',
        'shop/api → 192.0.2.1: all, then nothing',
        'shop/api → shop/api: 5000-6000/tcp 53/udp, then nothing',
        'shop/api → shop/db: 5000-6000/tcp 53/udp, then nothing',
        'shop/api → world: all, then nothing',
      ],
    ],
  ];
  for (const [question, exitCode, why, proposed] of cases)
    it(`walks through ${question}, and proposes a change`, async () => {
      const [from = '', to = ''] = question.split(' ');
      const ran = await explain(from, to);
      assert.equal(ran.exitCode, exitCode, ran.stderr);
      assert.match(ran.stdout, why);
      assert.deepEqual(advice(ran.stdout), proposed);
    });

  it('gives JSON, the address that stands for the world left out', async () => {
    const ran = await explain('world', 'web:9000', {}, '--json');
    const found = ran.json<Explained>();
    assert.deepEqual(
      [ran.exitCode, found.allowed, found.from, found.to, found.port, found.ingress.outcome],
      [1, false, 'world', 'shop/web', 9000, 'denied'],
    );
    assert.deepEqual(
      found.flip?.pairs?.map(({ from, to }) => `${from} ${to}`),
      ['world shop/web'],
    );
    assert.deepEqual(
      found.advice.map(({ text }) => text),
      ['add "world:9000" to swarmwall.ingress of shop/web'],
    );
  });

  it('says what is missing or unknown, exit code 2', async () => {
    for (const [from, to, message] of [
      ['web', 'db', /one connection is explained, so say its port/u],
      ['wbe', 'db:1', /no service called wbe/u],
      ['web', 'web:pg', /no tcp port called pg/u],
    ] as const) {
      const ran = await explain(from, to);
      assert.deepEqual([ran.exitCode, ran.stdout], [2, '']);
      assert.match(ran.stderr, message);
    }
    assert.equal((await cli(['explain', 'web', 'db:1'])).exitCode, 2);
  });

  it('colours a terminal, with whole escape sequences, and the same words', async () => {
    const plain = await explain('web', 'db:5500');
    const coloured = await explain('web', 'db:5500', { tty: true, columns: 80 });
    assert.doesNotMatch(coloured.stdout, /\ufffd/u);
    const stripped = coloured.stdout.replace(/\u001b\[\d+m/gu, '');
    assert.notEqual(coloured.stdout, stripped);
    assert.equal(stripped, plain.stdout);
  });
});

const EVIL = 'a\u001b[2Jb\nc';

describe('swarmwall explain, live', () => {
  const service = (name: string, policies: readonly unknown[] = []) => ({
    ...{ key: `shop/${name}`, stack: 'shop', name, labels: { tier: EVIL }, ports: [], policies },
  });
  const policy = {
    ...{ name: EVIL, stack: 'shop', directions: ['ingress'], egress: [] },
    target: { kind: 'service', service: 'db' },
    ingress: [
      {
        peers: [
          { kind: 'selector', services: { matchLabels: { tier: 'x', [EVIL]: EVIL }, matchExpressions: [] } },
        ],
        ports: [{ protocol: 'tcp', port: 5432 }],
        origin: { file: EVIL, line: 1, column: 1 },
      },
    ],
    origin: { file: EVIL, line: 1, column: 1 },
  };
  const model = {
    revision: 1,
    stacks: [
      {
        name: 'shop',
        labels: {},
        annotated: true,
        defaults: { ingress: 'deny', egress: 'allow' },
        mode: 'enforce',
      },
    ],
    services: [service('web'), service(EVIL), service('db', [policy])],
    ...{ networks: [], nodes: [], problems: [], clusterPolicies: [], groups: [] },
  };
  const answers: Readonly<Record<string, unknown>> = { '/v1/model': model, '/v1/status': { nodes: [] } };
  const world = { getApi: (<T>(_: string, path: string) => Promise.resolve(answers[path] as T)) as GetApi };

  it('asks the controller, and never obeys what people wrote', async () => {
    for (const tty of [false, true]) {
      const ran = await cli(['explain', EVIL, 'db:5432'], { world, tty });
      assert.equal(ran.exitCode, 1, ran.stderr);
      assert.match(ran.stdout, /shop\/a\ufffd\[2Jb/u);
      assert.doesNotMatch(ran.stdout, /\u001b\[2J|^c/mu);
    }
    const quiet = await cli(['explain', 'web', 'db:5432'], { world });
    assert.match(quiet.stdout, /give shop\/db the label swarmwall\.ingress: "web:5432"/u);
  });

  it('takes no file options without a file', async () => {
    const ran = await cli(['explain', '--stack', 'shop', 'web', 'db:1'], { world });
    assert.equal(ran.exitCode, 2);
    assert.match(ran.stderr, /need -c FILE/u);
  });
});
