import assert from 'node:assert/strict';
import { parseUnderlayCounted } from '../../plugin/agent/underlay/read-counted.ts';
import { listTableArguments, parseObserved } from '../../rules/nftables/observe.ts';
import { plan } from '../../rules/plan.ts';
import { render } from '../../rules/step.ts';
import { UNDERLAY_TABLE, underlayPrograms, type UnderlayInput } from '../../rules/underlay/underlay.ts';
import { createUnderlayLab, type UnderlayLab } from './lab/underlay-lab.ts';

const [PLAIN, SECRET, OTHERS] = [4097, 66_051, 7];

describe('the underlay program on the real kernel', () => {
  let lab: UnderlayLab;
  let input: UnderlayInput;

  before(function () {
    this.timeout(120_000);
    lab = createUnderlayLab([PLAIN, SECRET, OTHERS]);
    input = {
      port: 4789,
      vnis: [PLAIN, SECRET],
      encrypted: [SECRET],
      nodes: [lab.address.peer, 'fd00::7'],
      strangers: 'drop',
      cleartext: 'count',
    };
  });
  after(() => {
    lab.stop();
  });
  beforeEach(() => {
    lab.run('nft', ['flush', 'ruleset']);
  });

  function observe() {
    const found = parseObserved(lab.run('nft', listTableArguments('inet', UNDERLAY_TABLE)));
    return found === undefined ? [] : [found];
  }

  function load(next: UnderlayInput): void {
    const there = lab.run('nft', ['list', 'tables']).includes(UNDERLAY_TABLE) ? observe() : [];
    for (const step of plan(underlayPrograms(next), there)) {
      const { tool, args, input: text } = render(step);
      lab.run(tool, args, text);
    }
    assert.deepEqual(plan(underlayPrograms(next), observe()), [], 'the kernel holds what is desired');
  }

  const counted = () =>
    parseUnderlayCounted(lab.run('nft', ['-n', '-j', 'list', 'table', 'inet', UNDERLAY_TABLE]));

  it('takes VXLAN from anybody at first', async () => {
    for (const from of ['peer', 'stranger'] as const) assert.equal(await lab.arrives(from, PLAIN), true);
  });

  it('takes VXLAN of its networks from nodes only, and lets others on the port be', async () => {
    load(input);
    assert.equal(await lab.arrives('peer', PLAIN), true);
    assert.equal(await lab.arrives('stranger', PLAIN), false);
    assert.equal(await lab.arrives('stranger', OTHERS), true, 'no network of the Swarm');
    const { counters, strangers } = counted();
    assert.deepEqual(strangers, [{ address: lab.address.stranger, packets: counters.stranger }]);
    assert.ok(counters.stranger > 0);
  });

  it('passes on no VXLAN of its networks for containers, which would leave as the node', async () => {
    assert.equal(await lab.relays(PLAIN), true, 'without rules it does');
    load(input);
    assert.equal(await lab.relays(PLAIN), false);
    assert.equal(await lab.relays(OTHERS), true);
    assert.equal(await lab.leaves(PLAIN), true);
  });

  it('only counts strangers while not all nodes are known, and takes in one that joins', async () => {
    load({ ...input, strangers: 'count' });
    assert.equal(await lab.arrives('stranger', PLAIN), true);
    assert.ok(counted().counters.stranger > 0);
    load(input);
    assert.equal(await lab.arrives('stranger', PLAIN), false);
    load({ ...input, nodes: [...input.nodes, lab.address.stranger] });
    assert.equal(await lab.arrives('stranger', PLAIN), true);
  });

  it('sees what of an encrypted network crosses in the clear, by node, both ways', async () => {
    load(input);
    assert.equal(await lab.arrives('peer', SECRET), true);
    assert.equal(await lab.leaves(SECRET), true);
    const { counters, cleartext } = counted();
    assert.deepEqual(
      cleartext.map(({ direction, address, vni }) => ({ direction, address, vni })),
      [
        { direction: 'out', address: lab.address.peer, vni: SECRET },
        { direction: 'in', address: lab.address.peer, vni: SECRET },
      ],
    );
    assert.ok(counters.unencrypted_in > 0 && counters.unencrypted_out > 0);
  });

  it('drops that where encryption is required, and nothing else', async () => {
    load({ ...input, cleartext: 'drop' });
    assert.equal(await lab.arrives('peer', SECRET), false);
    assert.equal(await lab.leaves(SECRET), false);
    assert.equal(await lab.arrives('peer', PLAIN), true);
    assert.equal(await lab.leaves(PLAIN), true);
  });
});
