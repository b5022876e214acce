import assert from 'node:assert/strict';
import type { Agents } from '../../e2e/agents.ts';
import { observe, on } from '../../e2e/observe.ts';
import { eventually } from '../../lab/eventually.ts';
import type { Lab } from '../../lab/lab.ts';
import type { LabNode } from '../../lab/node.ts';
import type { LabTask } from '../../lab/tasks.ts';
import { NETWORK, applySettings, deployedShop } from './shop.ts';
import { WireCapture } from './wire.ts';

describe('encryption that is verified', () => {
  let lab: Lab;
  let agents: Agents;
  let one: LabNode;
  let two: LabNode;
  let tasks: readonly LabTask[];

  before(async () => {
    ({ lab, agents, one, two, tasks } = await deployedShop());
  });

  const between = () => observe(on(tasks, 'shop_web', two), on(tasks, 'shop_db', one), NETWORK, 5432);
  const table = async (): Promise<string> =>
    (await lab.manager.run('swarmwall', ['status', '--encryption'], { reject: false })).stdout;
  const shows = (node: LabNode, peer: LabNode, rest: string) =>
    eventually(
      async () =>
        assert.match(await table(), new RegExp(`^${NETWORK} +${node.name} +${peer.name} +${rest}`, 'mu')),
      60_000,
    );

  it('is green on both sides, with packets and the age of the key, and only ESP is on the wire', async () => {
    const capture = await WireCapture.start(one);
    await eventually(async () => assert.equal(await between(), 'allowed'), 60_000);
    const { esp, vxlan } = await capture.stop();
    assert.ok(esp > 0);
    assert.equal(vxlan, 0);
    for (const [node, peer] of [
      [one, two],
      [two, one],
    ] as const)
      await shows(node, peer, 'encrypted +[1-9]\\d* +[1-9]\\d* +(just now|\\d+[smh] ago) ');
  });

  it('is red without the rule that drops cleartext, and says so', async () => {
    const rule = await takeDropRule(one);
    await shows(one, two, 'broken .*the rule that drops what comes unencrypted');
    await one.run('sh', ['-c', `iptables ${rule.replace(/^-A INPUT/u, '-I INPUT')}`]);
    await shows(one, two, 'encrypted');
  });

  it('is red when packets leave in the clear, and drops them where encryption is required', async () => {
    // Without policies, and without the rules against it, everything goes, and comes, in the clear.
    for (const node of [one, two]) {
      await takeDropRule(node);
      await node.run('ip', ['xfrm', 'policy', 'flush']);
    }
    await eventually(async () => assert.equal(await between(), 'allowed'), 60_000);
    await shows(two, one, 'broken .*the policy to encrypt.*packets that left');
    await shows(one, two, 'broken .*packets that came');
    await applySettings(lab, 'encryption: required');
    await agents.settled();
    await eventually(async () => assert.equal(await between(), 'denied'), 60_000);
    const whole = await lab.manager.run('swarmwall', ['status'], { reject: false });
    assert.equal(whole.exitCode, 1);
    assert.match(whole.stdout, /what crosses in the clear is dropped/u);
  });

  /** Docker writes it anew when a node comes back, so it may be gone for a moment. */
  async function takeDropRule(node: LabNode): Promise<string> {
    let taken = '';
    await eventually(async () => {
      const { stdout } = await node.run('sh', ['-c', 'iptables-save -t filter | grep -- "--pol none"']);
      const rule = stdout.split('\n').find((line) => line.endsWith('-j DROP'));
      assert.ok(rule);
      await node.run('sh', ['-c', `iptables ${rule.replace(/^-A/u, '-D')}`]);
      taken = rule;
    }, 30_000);
    return taken;
  }
});
