import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { countKernelLosses } from '../../plugin/agent/flows/kernel-losses.ts';
import type { NetworkPolicy } from '../../rules/network-policy.ts';
import { createNumbering } from '../../rules/numbering.ts';
import { createOverlay } from '../../rules/overlay/overlay.ts';
import { plan } from '../../rules/plan.ts';
import { eventually } from '../lab/eventually.ts';
import { portsOfBoth } from './lab/isolated-overlay.ts';
import { ROLES, type OverlayLab, type Role } from './lab/overlay-lab.ts';
import { overlaySuite } from './lab/overlay-suite.ts';
import { policyOfRoles } from './lab/policy-of-roles.ts';
import { readFlows, type ReadFlows } from './lab/read-flows.ts';

const [TCP, UDP] = [6, 17];

describe('what the kernel says of flows, read by the flow reader', () => {
  let lab: OverlayLab;
  let flows: ReadFlows;
  let names = 0;

  overlaySuite((made) => (lab = made));
  beforeEach(async () => {
    const overlay = createOverlay({
      policy: policy(),
      numbering: createNumbering(),
      guard: portsOfBoth(lab),
    });
    lab.apply(plan(overlay.program(), lab.observe()));
    flows = await readFlows(lab.namespace);
  });
  afterEach(() => {
    flows.stop();
  });

  function policy(): NetworkPolicy {
    return policyOfRoles({
      roles: ROLES,
      addressesOf: (role) => [lab.endpoints[role].address, lab.endpoints[role].address6],
      stance: { ingress: 'isolated', egress: 'open' },
      allows: {
        tcp: { from: 's/a', to: 's/b', protocol: 'tcp', port: 80 },
        udp: { from: 's/a', to: 's/remote', protocol: 'udp', port: 80 },
        back: { from: 's/remote', to: 's/a', protocol: 'udp', port: 81 },
        would: { from: 's/c', to: 's/b', protocol: 'udp', port: 80, wouldDeny: true },
      },
    });
  }

  /** Exchanges some messages; whether they came back. */
  async function talk(
    from: Role,
    to: Role,
    protocol: 'tcp' | 'udp',
    port: number,
    kind: 'address' | 'address6' = 'address',
  ): Promise<boolean> {
    const { client } = lab.endpoints[from];
    const name = `talk${names++}`;
    const open = await client.ask({ do: 'open', name, protocol, to: lab.endpoints[to][kind], port });
    let answered = open === true;
    for (let i = 0; i < 3 && answered; i++) answered = (await client.ask({ do: 'exchange', name })) === true;
    if (open === true) await client.ask({ do: 'close', name });
    return answered;
  }

  const told = (verdict: 'accepted' | 'denied' | 'would_denied') =>
    lab.counters('inet')[`${verdict}_told`] ?? 0;

  async function isSeen(expected: Readonly<Record<string, number>>): Promise<void> {
    await eventually(() => {
      assert.deepEqual(flows.seen(), expected);
    });
  }

  it('is each allowed connection once, each denied packet, what audit lets pass, and which way it goes', async () => {
    const { a, b, c, remote } = lab.endpoints;
    assert.ok(await talk('a', 'b', 'tcp', 80));
    assert.ok(await talk('a', 'b', 'tcp', 80, 'address6'));
    assert.ok(await talk('a', 'remote', 'udp', 80));
    assert.ok(await talk('remote', 'a', 'udp', 81));
    assert.ok(await talk('c', 'b', 'udp', 80));
    assert.equal(await talk('a', 'b', 'udp', 81), false);
    assert.equal(await talk('remote', 'b', 'udp', 80), false);
    const denied = lab.counters('inet')['denied'] ?? 0;
    assert.equal(denied, 2);
    await isSeen({
      [`allowed stays ${a.address} → ${b.address} ${TCP}/80`]: 1,
      [`allowed stays ${a.address6} → ${b.address6} ${TCP}/80`]: 1,
      [`allowed leaves ${a.address} → ${remote.address} ${UDP}/80`]: 1,
      [`allowed comes ${remote.address} → ${a.address} ${UDP}/81`]: 1,
      [`would-deny stays ${c.address} → ${b.address} ${UDP}/80`]: 1,
      [`denied stays ${a.address} → ${b.address} ${UDP}/81`]: 1,
      [`denied comes ${remote.address} → ${b.address} ${UDP}/80`]: 1,
    });
    for (const verdict of ['accepted', 'denied', 'would_denied'] as const)
      assert.equal(told(verdict), lab.counters('inet')[verdict], verdict);
  });

  it('is the packets and bytes of a connection when it ends, both ways', async () => {
    const { a, remote } = lab.endpoints;
    assert.ok(await talk('a', 'remote', 'udp', 80));
    await isSeen({ [`allowed leaves ${a.address} → ${remote.address} ${UDP}/80`]: 1 });
    assert.deepEqual(flows.ended(), []);
    lab.run('conntrack', ['-D', '-s', a.address]);
    await eventually(() => {
      const ends = flows.ended().map(({ verdict, source, destination, port, count, packets }) => {
        return { verdict, source, destination, port, count, packets };
      });
      const { address: source } = a;
      assert.deepEqual(ends, [
        { verdict: 'allowed', source, destination: remote.address, port: 80, count: 1, packets: 6 },
      ]);
    });
    assert.ok((flows.ended()[0]?.bytes ?? 0) > 6 * 28);
  });

  it('adds up with what is counted as lost, and nothing else is denied or let pass, while a flood is not read', async () => {
    const { a, b, d } = lab.endpoints;
    const pid = ownChild('swarmwall-flow-');
    process.kill(pid, 'SIGSTOP');
    // More than its buffer holds, however few of them the kernel hands on in a second.
    const flood = spawnSync(
      'nsenter',
      [`--net=/run/netns/${d.namespace}`, 'socat', '-u', '-b', '100', '-', `UDP4-SENDTO:${b.address}:81`],
      { input: Buffer.alloc(100 * 300_000) },
    );
    assert.equal(flood.status, 0, flood.stderr.toString());
    assert.ok(await talk('a', 'b', 'tcp', 80), 'a connection goes on meanwhile');
    process.kill(pid, 'SIGCONT');
    await eventually(async () => {
      const { read, lost } = flows.count('denied');
      // What was lost last shows by the number of the next.
      if (read + lost !== told('denied')) await talk('d', 'b', 'udp', 81);
      assert.equal(read + lost, told('denied'));
      assert.ok(lost > 0, 'the buffer was not full');
    });
    const { denied = 0, denied_told: handedOn = 0 } = lab.counters('inet');
    assert.ok(denied >= 300_000 && handedOn <= denied, `${handedOn} of ${denied}`);
    assert.deepEqual(flows.count('allowed'), { read: 1, lost: 0 });
    assert.equal(flows.seen()[`allowed stays ${a.address} → ${b.address} ${TCP}/80`], 1);
  });

  it('is, while no reader runs, what the counters of the kernel tell, to the packet', async () => {
    let elapsed = 0;
    const losses = countKernelLosses({ elapsed: () => elapsed });
    elapsed = 60_000;
    let taken = 0;
    const look = async (): Promise<void> => {
      losses.count('n', 'swarmwall', lab.counters('inet'));
      losses.ask();
      await flows.settled();
      for (const line of flows.lines.slice(taken)) {
        if (line.kind === 'flow' || line.kind === 'crowded') losses.read('n', line.verdict, line.count);
        if (line.kind === 'unread') losses.miss('n', line.verdict, line.count);
      }
      taken = flows.lines.length;
      losses.settle();
    };
    const send = (packets: number): void => {
      const argv = ['-u', '-b', '10', '-', `UDP4-SENDTO:${lab.endpoints.b.address}:81`];
      const input = Buffer.alloc(10 * packets);
      const at = `--net=/run/netns/${lab.endpoints.d.namespace}`;
      const { status, stderr } = spawnSync('nsenter', [at, 'socat', ...argv], { input });
      assert.equal(status, 0, stderr.toString());
    };
    send(300);
    await look();
    await look();
    assert.equal(losses.unread, 0);
    const before = told('denied');
    process.kill(ownChild('swarmwall-flow-'), 'SIGSTOP');
    send(500);
    process.kill(ownChild('swarmwall-flow-'), 'SIGKILL');
    send(700);
    await eventually(() => assert.equal(flows.lines.filter(({ kind }) => kind === 'open').length, 2));
    send(200);
    await look();
    await look();
    assert.equal(losses.unread, told('denied') - before - 200);
    assert.ok(losses.unread >= 1_200, String(losses.unread));
  });
});

function ownChild(name: string): number {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ');
  const found = children.find((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === name);
  assert.ok(found, `no child ${name}`);
  return Number(found);
}
