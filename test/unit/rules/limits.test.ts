import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { formatLimit, parseLimit } from '../../../compose-ext/label/limit-label.ts';
import { buildModel, compile, loadCompose, readServiceLabels } from '../../../compose-ext/index.ts';
import type { EndpointOwner } from '../../../rules/network-policy.ts';
import { limitProgram } from '../../../rules/limits/limit-program.ts';
import { createParty } from '../../../rules/party.ts';
import { walk } from '../../support/nft-walker.ts';
import { service } from './policy-cluster.ts';

describe('a limit in audit', () => {
  it('counts what is over it, and drops nothing', () => {
    const party = createParty(
      { ...service('s/db', {}, []), limit: { per: 'peer', connections: 1 }, mode: 'audit' },
      undefined,
    );
    const { limit } = party.overlayStance;
    assert.equal(limit?.mode, 'audit');
    const text = (of: typeof limit) =>
      JSON.stringify(
        limitProgram({ limits: new Map(of ? [['s/db', of]] : []), endpoints: new Map(), ports: [] })?.chains,
      );
    assert.match(text(limit), /goto","chain":"over_counted"/u);
    assert.doesNotMatch(text(limit), /goto","chain":"over"/u);
    assert.doesNotMatch(text({ per: 'peer', connections: 1 }), /over_counted/u);
  });
});

describe('the label swarmwall.limit', () => {
  it('is read, and written, as a person writes it', () => {
    assert.deepEqual(parseLimit('connections=200 rate=50/s burst=100 per=task').limit, {
      per: 'task',
      connections: 200,
      rate: { count: 50, unit: 'second', burst: 100 },
    });
    assert.deepEqual(parseLimit('rate=300/m').limit, {
      per: 'peer',
      rate: { count: 300, unit: 'minute', burst: 300 },
    });
    for (const text of [
      'connections=3 per=peer',
      'rate=5/m burst=9 per=task',
      'connections=1 rate=2/s per=peer',
    ])
      assert.equal(formatLimit(parseLimit(text).limit!), text);
  });

  it('has every mistake reported at its place, and is none then', () => {
    const found = (text: string) => {
      const { limit, problems } = parseLimit(text);
      assert.equal(limit, undefined);
      return problems.map(({ offset, message }) => `${offset} ${message}`);
    };
    assert.deepEqual(found('connections=0 rate=5 per=node burst=x conections=3 per=peer'), [
      '38 "conections" is not a word of a limit',
      '51 per is written twice',
      '0 "connections=0" is not a number from 1 to 1000000',
      '14 "rate=5" is not a number a second or a minute, such as 50/s or 300/m',
      '30 "burst=x" is not a number from 1 to 1000000',
      '21 "per=node" is not "peer" or "task"',
    ]);
    assert.deepEqual(found(''), ['0 it limits neither connections nor their rate']);
    assert.deepEqual(found('per=task'), ['0 it limits neither connections nor their rate']);
    assert.deepEqual(found('connections=5 burst=3'), ['14 burst is about a rate, and there is none']);
    assert.deepEqual(found('__proto__=1 constructor=2').length, 2);
    assert.deepEqual(found('connections=1000001'), [
      '0 "connections=1000001" is not a number from 1 to 1000000',
    ]);
    assert.equal(found('x'.repeat(2_000)).length, 1);
  });

  it('of a live service is its limit, and none when it cannot be read', () => {
    const read = (text: string) =>
      readServiceLabels({ stack: 's', service: 'db', labels: { 'swarmwall.limit': text } });
    assert.deepEqual(read('connections=5').limit, { per: 'peer', connections: 5 });
    const broken = read('connection=5');
    assert.equal(broken.limit, undefined);
    assert.deepEqual(
      broken.diagnostics.map(({ code }) => code),
      ['invalid-limit'],
    );
  });

  const COMPOSE = `services:
  db: { image: postgres, deploy: { labels: { tier: back } } }
  api: { image: api, deploy: { labels: { tier: back, swarmwall.limit: "rate=5/m" } } }
  web: { image: web, labels: { swarmwall.limit: connections=9 } }
  other: { image: other }
x-swarmwall:
  limits:
    - { serviceSelector: { matchLabels: { tier: back } }, limit: "connections=5 per=task" }
`;
  const load = (text: string) => loadCompose(text, { file: 'shop.yaml', stack: 'shop' });

  it('comes from x-swarmwall too, where a service has none of its own, and compile writes it', () => {
    const { file, diagnostics } = load(COMPOSE);
    assert.deepEqual(
      diagnostics.filter(({ severity }) => severity === 'error'),
      [],
    );
    const { model } = buildModel([file]);
    const limits = model.stacks[0]?.services.map(({ name, limit }) => [name, limit && formatLimit(limit)]);
    assert.deepEqual(limits, [
      ['db', 'connections=5 per=task'],
      ['api', 'rate=5/m per=peer'],
      ['web', 'connections=9 per=peer'],
      ['other', undefined],
    ]);
    const compiled = load(compile(file).text).file.services;
    assert.deepEqual(
      compiled.map(({ name, limit }) => [name, limit && formatLimit(limit)]),
      limits,
    );
  });

  it('has its mistakes reported where they are written', () => {
    const wrong = load(
      COMPOSE.replace('rate=5/m', 'rate=5/h').replace('connections=5 per=task', 'connections=none'),
    ).diagnostics.filter(({ code }) => code === 'invalid-limit');
    assert.deepEqual(
      wrong.map(({ line, message }) => `${line} ${message}`),
      [
        '3 "rate=5/h" is not a number a second or a minute, such as 50/s or 300/m',
        '8 "connections=none" is not a number from 1 to 1000000',
      ],
    );
  });

  it('is part of what a network is told of a service', () => {
    const limit = { per: 'peer', connections: 5 } as const;
    const service = { key: 's/db', stack: 's', name: 'db', labels: {}, ports: [], policies: [] };
    assert.deepEqual(createParty({ ...service, limit }, undefined).overlayStance.limit, limit);
    assert.equal(createParty(service, undefined).overlayStance.limit, undefined);
  });
});

const VIP = '10.0.0.2';
const TASK = '10.0.0.3';
const FAR_TASK = '10.0.0.4';
const CLIENT = '10.0.0.9';
const FAR_BALANCER = '10.0.0.8';
const endpoints = new Map<string, EndpointOwner>([
  ['10.0.0.7', { kind: 'load-balancer', node: 'n1' }],
  [FAR_BALANCER, { kind: 'load-balancer', node: 'n2' }],
  ...[VIP, TASK, FAR_TASK].map((address) => [address, { kind: 'service', service: 's/db' }] as const),
  [CLIENT, { kind: 'service', service: 's/web' }],
]);
const ports = [
  { port: 'veth0', mac: '02:00:00:00:00:01', addresses: ['10.0.0.7', VIP] },
  { port: 'veth1', mac: '02:00:00:00:00:02', addresses: [TASK] },
  { port: 'veth2', mac: '02:00:00:00:00:03', addresses: [CLIENT] },
];

/** How many of three connections to each address get through a limit of one. */
function through(per: 'peer' | 'task', from: string, to: string): number {
  const program = limitProgram({ limits: new Map([['s/db', { per, connections: 1 }]]), endpoints, ports });
  assert.ok(program);
  const elements = new Map([...program.elements].map(([set, held]) => [set, new Map(held)]));
  const table = { program, elements, counters: new Map<string, number>() };
  const fields = {
    ...{ 'ct state': 'new', 'ct direction': 'original', 'meta l4proto': '6', 'th dport': '80' },
    ...{ 'ip saddr': from, 'ip daddr': to },
  } as const;
  const verdicts = [1, 2, 3].map(() => walk(table, 'forward', { fields, connection: { mark: 0 } }));
  return verdicts.filter((verdict) => verdict === 'accept').length;
}

describe("a limit's program", () => {
  it('counts a peer where it meets the service first, and never for another node', () => {
    assert.equal(through('peer', CLIENT, VIP), 1, 'the VIP, on the client’s node');
    assert.equal(through('peer', CLIENT, TASK), 1, 'a task here');
    assert.equal(through('peer', CLIENT, FAR_TASK), 3, 'counted where that task is');
    assert.equal(through('peer', FAR_BALANCER, TASK), 3, 'leg 2: counted where the client is');
    assert.equal(through('peer', CLIENT, CLIENT), 3, 'another service');
  });

  it('counts at each task, whoever sends, and not at a VIP', () => {
    assert.equal(through('task', CLIENT, TASK), 1);
    assert.equal(through('task', FAR_BALANCER, TASK), 1);
    assert.equal(through('task', CLIENT, VIP), 3);
    assert.equal(through('task', CLIENT, FAR_TASK), 3);
  });

  it('is none without limits, and another when a limit is', () => {
    assert.equal(limitProgram({ limits: new Map(), endpoints, ports }), undefined);
    const version = (connections: number) =>
      limitProgram({ limits: new Map([['s/db', { per: 'peer', connections }]]), endpoints, ports })?.version;
    assert.equal(version(1), version(1));
    assert.notEqual(version(1), version(2));
  });
});
