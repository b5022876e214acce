import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { clusterFromModel } from '../../../rules/cluster-from-model.ts';
import { answerProbes } from '../../../rules/probe.ts';
import { modelOf } from '../compose-ext/models.ts';
import { probe } from './ask.ts';

const SERVICES = `services:
  web: { image: x, deploy: { labels: { app: web } } }
  db: { image: x, deploy: { labels: { app: db } } }
`;
/** `mon` and `shop` have labels; `bare` has not, and says nothing of policies. */
const STACKS = [
  [`${SERVICES}x-swarmwall: { default: { ingress: allow }, labels: { team: sre, env: prod } }\n`, 'mon'],
  [`${SERVICES}x-swarmwall: { default: { ingress: allow }, labels: { team: shop, name: store } }\n`, 'shop'],
  [SERVICES, 'bare'],
] as const;
const FROM = ['app/web', 'mon/web', 'mon/db', 'shop/web', 'shop/db', 'bare/web', '1.2.3.4'];

/** Who reaches app/db when its policy has this peer. */
function admitted(peer: string): readonly string[] {
  const app = `${SERVICES}x-swarmwall:
  policies: [{ name: p, serviceSelector: { matchLabels: { app: db } }, ingress: [{ from: [${peer}] }] }]
`;
  const cluster = clusterFromModel(modelOf([app, 'app'], ...STACKS));
  const { answers, problems } = answerProbes(
    cluster,
    FROM.map((from) => probe(`${from} app/db:80`)),
  );
  assert.deepEqual(problems, []);
  const allowed = Array.from(answers, (each) => each.allowed);
  return FROM.filter((_, index) => allowed[index]);
}

const PEERS: readonly (readonly [what: string, peer: string, expected: readonly string[]])[] = [
  ['a label of a stack', '{ stackSelector: { matchLabels: { team: sre } } }', ['mon/web', 'mon/db']],
  [
    'a stack’s and a service’s label, both',
    '{ stackSelector: { matchLabels: { team: sre } }, serviceSelector: { matchLabels: { app: web } } }',
    ['mon/web'],
  ],
  [
    'NotIn, and a stack without the label',
    '{ stackSelector: { matchExpressions: [{ key: team, operator: NotIn, values: [sre] }] }, serviceSelector: { matchLabels: { app: web } } }',
    ['app/web', 'shop/web', 'bare/web'],
  ],
  [
    'Exists',
    '{ stackSelector: { matchExpressions: [{ key: env, operator: Exists }] } }',
    ['mon/web', 'mon/db'],
  ],
  [
    'DoesNotExist',
    '{ stackSelector: { matchExpressions: [{ key: team, operator: DoesNotExist }] } }',
    ['app/web', 'bare/web'],
  ],
  ['the name that every stack has', '{ stackSelector: { matchLabels: { name: bare } } }', ['bare/web']],
  [
    'the name that a stack gives itself',
    '{ stackSelector: { matchLabels: { name: store } } }',
    ['shop/web', 'shop/db'],
  ],
  [
    'Kubernetes’ own label for it',
    '{ stackSelector: { matchLabels: { kubernetes.io/metadata.name: shop } } }',
    ['shop/web', 'shop/db'],
  ],
  ['every stack', '{ stackSelector: {} }', FROM.slice(0, -1)],
  ['the own stack, without a stackSelector', '{ serviceSelector: {} }', ['app/web']],
  ['a service’s label is not its stack’s', '{ stackSelector: { matchLabels: { app: web } } }', []],
  ['a stack’s label is not its services’', '{ serviceSelector: { matchLabels: { team: sre } } }', []],
];

describe('A peer by a stack’s labels', () => {
  for (const [what, peer, expected] of PEERS) it(what, () => assert.deepEqual(admitted(peer), expected));
});
