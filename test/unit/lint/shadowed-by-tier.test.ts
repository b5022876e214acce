import assert from 'node:assert/strict';
import { codes, lintTexts } from './lint-texts.ts';

const SHOP = `services:
  web: { image: "i:1", deploy: { labels: { tier: front } } }
  api: { image: "i:1", ports: ["22:22"], deploy: { labels: { swarmwall.ingress: "INGRESS" } } }
`;
const policy = (rules: string, rest = '') =>
  `---\nkind: ClusterPolicy\nname: p${rest.length}\ntier: Admin\npriority: 10\n${rest}${rules}\n`;
const deny = (from: string, ports = '') =>
  policy(`ingress: [{ action: Deny, from: [${from}]${ports === '' ? '' : `, ports: [${ports}]`} }]`);
const shop = (ingress: string, policies: string) => codes(SHOP.replace('INGRESS', ingress) + policies);

describe('lint: rules shadowed by a tier', () => {
  it('are those that a Deny covers: its peers and its ports', () => {
    const front = '{ serviceSelector: { matchLabels: { tier: front } } }';
    for (const [ingress, policies] of [
      ['web:22', deny('{ any: true }', '{ port: 22 }')],
      ['web:22', deny('{ any: true }')],
      ['web:22', deny(front)],
      ['web:22', deny('{ any: true }', '{ port: 20, endPort: 30 }')],
      ['10.1.0.0/16:22', deny('{ ipBlock: { cidr: 10.0.0.0/8 } }')],
      ['world:22', deny('{ world: true }')],
    ] as const)
      assert.deepEqual(shop(ingress, policies), ['shadowed-by-tier'], policies);
  });

  it('are not those that it covers in part, or for others', () => {
    for (const [ingress, policies] of [
      ['web:22', deny('{ any: true }', '{ port: 23 }')],
      ['web:20-30', deny('{ any: true }', '{ port: 22 }')],
      ['web:22/udp', deny('{ any: true }', '{ port: 22 }')],
      ['web:22', deny('{ serviceSelector: { matchLabels: { tier: back } } }')],
      ['web:22', deny('{ stackSelector: { matchLabels: { name: other } } }')],
      ['world:22', deny('{ ipBlock: { cidr: 10.0.0.0/8 } }')],
      ['web:22', policy('egress: [{ action: Deny, to: [{ any: true }] }]')],
      ['web:22', deny('{ any: true }').replace('Admin', 'Baseline')],
      [
        'web:22',
        deny('{ any: true }').replace(
          'ingress:',
          'subject: { stackSelector: { matchLabels: { name: other } } }\ningress:',
        ),
      ],
    ] as const)
      assert.deepEqual(shop(ingress, policies), [], policies);
  });

  it('are not those that an earlier Allow or Pass may be about', () => {
    const after = (action: string, ports: string) =>
      policy(
        `ingress: [{ action: ${action}, from: [{ any: true }], ports: [${ports}] }, { action: Deny, from: [{ any: true }] }]`,
      );
    for (const action of ['Allow', 'Pass']) {
      assert.deepEqual(shop('web:22', after(action, '{ port: 22 }')), []);
      assert.deepEqual(shop('web:22', after(action, '{ port: 80 }')), ['shadowed-by-tier']);
    }
    const earlier = policy('ingress: [{ action: Pass, from: [{ any: true }] }]', '# first\n').replace(
      '10',
      '9',
    );
    assert.deepEqual(shop('web:22', deny('{ any: true }') + earlier), []);
  });

  it('are named with the place of the Deny', () => {
    const [found] = lintTexts(
      { 'shop.yaml': SHOP.replace('INGRESS', 'web:22') },
      deny('{ any: true }').replace('---\n', ''),
    );
    assert.match(found?.message ?? '', /rule of "api\.ingress" never .* "p0" .*\(policies\.yaml:5:11\)/u);
    assert.deepEqual([found?.line, found?.column], [3, 82]);
  });

  it('one-sided rules are quiet where an administrator may open the other side', () => {
    const shopClosed = `services:
  web: { image: "i:1", deploy: { labels: { swarmwall.egress: none } } }
  api: { image: "i:1", deploy: { labels: { swarmwall.ingress: "web:80" } } }
`;
    const open = policy('egress: [{ action: Allow, to: [{ any: true }] }]');
    assert.deepEqual(codes(shopClosed), ['one-sided-rule']);
    assert.deepEqual(codes(shopClosed + open), []);
  });
});
