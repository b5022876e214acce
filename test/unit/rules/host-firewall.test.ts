import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { NodePolicy, NodeRule } from '../../../compose-ext/index.ts';
import { blockTest, parseAddress } from '../../../rules/address-block.ts';
import { rangesOf } from '../../../rules/host-firewall/address-ranges.ts';
import { hostProgram } from '../../../rules/host-firewall/host-program.ts';
import { hostTrial, resolveHostPolicy } from '../../../rules/host-firewall/resolve.ts';

const origin = { file: 'p.yaml', line: 1, column: 1 };
const rule = (peers: NodeRule['peers'], ...ports: NodeRule['ports']): NodeRule => ({ peers, ports, origin });
const node = (name: string, ingress: readonly NodeRule[], more: Partial<NodePolicy> = {}): NodePolicy => ({
  ...{ name, nodes: { matchLabels: {}, matchExpressions: [] }, default: 'deny', ingress },
  ...{ rollbackAfter: 120, origin, ...more },
});
const SSH = { protocol: 'tcp', port: 22 } as const;
const OFFICE = { name: 'office', blocks: [{ cidr: '203.0.113.0/24', except: [] }], origin };
const LABELS = { 'node.role': 'worker' };
const resolve = (...policies: NodePolicy[]) => resolveHostPolicy({ policies, groups: [OFFICE] }, LABELS);

describe('node policies on one node', () => {
  it('are nothing where none selects it', () => {
    const managers = { matchLabels: { 'node.role': 'manager' }, matchExpressions: [] };
    assert.equal(resolve(node('a', [], { nodes: managers })), undefined);
    assert.deepEqual(resolve(node('a', [], { nodes: managers }), node('b', []))?.policies, ['b']);
  });

  it('leave ssh open until a rule of any of them is about it', () => {
    const open = { any: true, blocks: [], ports: [SSH] };
    assert.deepEqual(resolve(node('a', []))?.rules, [open]);
    const office = rule([{ kind: 'group', group: 'office' }], SSH);
    assert.deepEqual(resolve(node('a', []), node('b', [office]))?.rules, [
      { blocks: OFFICE.blocks, ports: [SSH] },
    ]);
    const range = rule([{ kind: 'nodes' }], { protocol: 'tcp', port: 1, endPort: 1023 });
    assert.deepEqual(resolve(node('a', [range]))?.rules, [{ nodes: true, blocks: [], ports: range.ports }]);
  });

  it('keep the ports open that one of them says, whatever their rules', () => {
    const office = rule([{ kind: 'group', group: 'office' }], SSH);
    const other = { protocol: 'tcp', port: 2222 } as const;
    assert.deepEqual(resolve(node('a', [office]), node('b', [], { failsafe: [SSH, other] }))?.rules[0], {
      any: true,
      blocks: [],
      ports: [SSH, other],
    });
    assert.deepEqual(resolve(node('a', [], { failsafe: [] }))?.rules, []);
  });

  it('deny by default when one of them does; a group that nobody stored is nobody', () => {
    assert.equal(resolve(node('a', [], { default: 'allow' }))?.closed, false);
    assert.equal(resolve(node('a', [], { default: 'allow' }), node('b', []))?.closed, true);
    assert.deepEqual(resolve(node('a', [rule([{ kind: 'group', group: 'gone' }], SSH)]))?.rules, []);
  });

  it('are tried when they are other than what was confirmed, and anew when they are written anew', () => {
    const documents = (...policies: NodePolicy[]) => ({ policies, groups: [OFFICE] });
    const a = node('a', [], { rollbackAfter: 60 });
    const at = (version: number) => new Map([['a', version]]);
    assert.equal(hostTrial(documents(a), documents(a), at(2), LABELS), undefined);
    const first = hostTrial(documents(a), documents(), at(1), LABELS);
    assert.deepEqual([first?.seconds, first?.policy?.policies], [60, ['a']]);
    const again = hostTrial(documents(a), documents(), at(2), LABELS);
    assert.notEqual(again?.id, first?.id);
    const other = new Map([...at(1), ['b', 9]]);
    assert.equal(hostTrial(documents(a), documents(), other, LABELS)?.id, first?.id, "others' versions");
    const removed = hostTrial(documents(), documents(a), at(3), LABELS);
    assert.deepEqual([removed?.seconds, removed?.policy], [60, undefined]);
  });

  it('have no program where there is nothing to keep out', () => {
    const common = { swarmPorts: [], nodeAddresses: [], published: [] };
    assert.equal(hostProgram({ ...common }), undefined);
    assert.equal(hostProgram({ ...common, trial: { id: 'abc' } }), undefined);
    const program = hostProgram({
      ...common,
      confirmed: resolve(node('a', [])),
      nodeAddresses: ['x', '::1', '10.0.0.1'],
    });
    assert.deepEqual([...(program?.elements.get('nodes') ?? [])], [['10.0.0.1', '']]);
    assert.deepEqual([...(program?.elements.get('nodes6') ?? [])], [['::1', '']]);
  });
});

describe('ranges of blocks with exceptions', () => {
  it('are one where blocks touch, and of each family', () => {
    const blocks = [
      { cidr: '10.0.0.0/9', except: [] },
      { cidr: '10.128.0.0/9', except: ['10.128.0.1/32'] },
      { cidr: 'fd00::/127', except: ['fd00::1/128'] },
      { cidr: 'nonsense', except: [] },
    ];
    assert.deepEqual(rangesOf(blocks), {
      ipv4: ['10.0.0.0-10.128.0.0', '10.128.0.2-10.255.255.255'],
      ipv6: ['fd00::'],
    });
  });

  it('hold the addresses that the blocks hold', () => {
    const prefix = fc
      .tuple(fc.nat(7), fc.integer({ min: 27, max: 32 }))
      .map(([n, l]) => `192.0.2.${n * 5}/${l}`);
    const block = fc.record({ cidr: prefix, except: fc.array(prefix, { maxLength: 2 }) });
    fc.assert(
      fc.property(fc.array(block, { maxLength: 4 }), (blocks) => {
        const ranges = rangesOf(blocks).ipv4.map((text) =>
          text.split('-').map((end) => Number(end.split('.')[3])),
        );
        for (let last = 0; last < 64; last += 1) {
          const address = parseAddress(`192.0.2.${last}`);
          assert.ok(address);
          const wanted = blocks.some(({ cidr, except }) => blockTest(cidr, except)(address));
          const found = ranges.some(([from = 0, to = from]) => from <= last && last <= to);
          assert.equal(found, wanted, `192.0.2.${last} of ${JSON.stringify(blocks)}`);
        }
      }),
    );
  });
});
