import assert from 'node:assert/strict';
import type { PolicyRule } from '../../../compose-ext/policy-model.ts';
import { createEvaluator } from '../../../rules/evaluator.ts';
import { explain } from '../../../rules/explain/explain.ts';
import { createMetadata } from '../../../rules/metadata.ts';
import type { StackSettings } from '../../../rules/network-policy.ts';
import { policy, rule, service, stack, tcp, udp } from './policy-cluster.ts';

const AWS = '169.254.169.254';
const ALIBABA = '100.100.100.200';

const clusterOf = (egress: readonly PolicyRule[] | undefined, settings: Partial<StackSettings> = {}) => ({
  stacks: [stack('s', settings)],
  services: [service('s/web', {}, egress ? [policy('s', { egress })] : [])],
});
const block = (cidr: string) => rule([{ kind: 'ipBlock', cidr, except: [] }]);

function allowed(
  given: ReturnType<typeof clusterOf> & { metadataAddresses?: readonly string[] },
  address: string,
  port = 80,
): boolean {
  const question = { from: { service: 's/web' }, to: { address }, protocol: 'tcp', port } as const;
  return createEvaluator(given).judge(question).allowed;
}

describe('Where clouds give a machine’s credentials', () => {
  it('is not for a service whose egress nothing isolates, but for DNS where the resolver is', () => {
    assert.equal(allowed(clusterOf(undefined), '198.51.100.1'), true);
    assert.equal(allowed(clusterOf(undefined), AWS), false);
    assert.equal(allowed(clusterOf(undefined), AWS, 53), true);
    assert.equal(allowed(clusterOf(undefined), ALIBABA, 53), false);
    assert.equal(allowed(clusterOf(undefined), 'fd00:ec2::254'), false);
  });

  it('is left alone where nothing is said of the service', () => {
    assert.equal(allowed(clusterOf(undefined, { annotated: false }), AWS), true);
  });

  it('is no part of the world, of everybody or of a wide block', () => {
    const rules = [
      rule([{ kind: 'world' }]),
      rule([{ kind: 'any' }]),
      rule([]),
      block('0.0.0.0/0'),
      block('169.0.0.0/8'),
    ];
    for (const each of rules) assert.equal(allowed(clusterOf([each]), AWS), false, JSON.stringify(each));
    assert.equal(allowed(clusterOf([block('100.100.100.0/24')]), ALIBABA), false);
    assert.equal(allowed(clusterOf([rule([{ kind: 'world' }], [tcp(53), udp(53)])]), AWS, 53), false);
  });

  it('is for who names it', () => {
    for (const cidr of ['169.254.0.0/16', '169.254.169.0/24', `${AWS}/32`])
      assert.equal(allowed(clusterOf([block(cidr)]), AWS), true, cidr);
    assert.equal(allowed(clusterOf([block(`${ALIBABA}/32`)]), ALIBABA), true);
  });

  it('is a client like others', () => {
    const given = {
      stacks: [stack('s')],
      services: [service('s/web', {}, [policy('s', { ingress: [rule([{ kind: 'world' }])] })])],
    };
    const question = { from: { address: AWS }, to: { service: 's/web' }, protocol: 'tcp', port: 80 } as const;
    assert.equal(createEvaluator(given).judge(question).allowed, true);
    assert.equal(explain(given, question).ingress.rules[0]?.admits, true);
  });

  it('is other addresses when the cluster’s settings say so', () => {
    const given = { ...clusterOf(undefined), metadataAddresses: ['192.0.2.80'] };
    assert.equal(allowed(given, AWS), true);
    assert.equal(allowed(given, '192.0.2.80'), false);
    assert.deepEqual(createMetadata(['192.0.2.80', 'nonsense']).spared('192.0.0.0/16'), ['192.0.2.80']);
  });

  it('is told of with its reason, and with what would open it', () => {
    const question = { from: { service: 's/web' }, to: { address: AWS }, protocol: 'tcp', port: 80 } as const;
    const open = explain(clusterOf(undefined), question);
    assert.equal(open.egress.deniedBy?.policy, 'metadata-addresses (built in)');
    assert.deepEqual(
      open.flip?.edits.map((edit) => edit.kind === 'add-entry' && edit.peer),
      [{ kind: 'ipBlock', cidr: `${AWS}/32`, except: [] }],
    );
    const world = explain(clusterOf([rule([{ kind: 'world' }])]), question);
    const [step] = world.egress.rules;
    assert.match(step?.peers[0]?.why ?? '', /credentials, which is not the world/);
    const elsewhere = explain(clusterOf(undefined), { ...question, to: { address: '198.51.100.1' } });
    assert.deepEqual(elsewhere.egress.tiers.baseline, []);
  });
});
