import assert from 'node:assert/strict';
import type { ServiceLimit } from '../../compose-ext/policy-model.ts';
import type { EndpointOwner, NetworkPolicy } from '../../rules/network-policy.ts';
import { createNumbering } from '../../rules/numbering.ts';
import { listTableArguments, parseObserved } from '../../rules/nftables/observe.ts';
import { LIMIT_TABLE, limitProgram } from '../../rules/limits/limit-program.ts';
import { createOverlay } from '../../rules/overlay/overlay.ts';
import { parseCounters, parseDenied } from '../../rules/overlay/denied-flows.ts';
import { plan } from '../../rules/plan.ts';
import { eventually } from '../lab/eventually.ts';
import type { OverlayLab, Role } from './lab/overlay-lab.ts';
import { overlaySuite } from './lab/overlay-suite.ts';

describe('limits on the real kernel', () => {
  let lab: OverlayLab;
  let opened = 0;

  overlaySuite((made) => (lab = made));

  const endpoints = (): Record<string, EndpointOwner> => ({
    [lab.endpoints.a.address]: { kind: 'service', service: 's/a' },
    [lab.endpoints.b.address]: { kind: 'service', service: 's/b' },
    [lab.endpoints.c.address]: { kind: 'service', service: 's/c' },
    [lab.endpoints.remote.address]: { kind: 'load-balancer', node: 'n2' },
  });

  /** The policy's own table lets s/a and s/c to s/b:80, as ever; the limits come after it. */
  function load(limit: ServiceLimit): void {
    const own = { ingress: 'isolated', egress: 'open' } as const;
    const policy: NetworkPolicy = {
      network: { id: 'n', name: 'n', subnets: ['10.88.0.0/24'], encrypted: false, ingress: false },
      endpoints: endpoints(),
      services: { 's/a': own, 's/b': { ...own, limit }, 's/c': own },
      allows: { web: { from: '*', to: 's/b', protocol: 'tcp', port: 80 } },
    };
    const overlay = createOverlay({ policy, numbering: createNumbering(), guard: lab.ports });
    lab.apply(plan(overlay.program(), lab.observe()));
    relimit(limit);
  }

  function relimit(limit: ServiceLimit): void {
    const program = limitProgram({
      limits: new Map([['s/b', limit]]),
      endpoints: new Map(Object.entries(endpoints())),
      ports: lab.ports,
    });
    assert.ok(program);
    const observe = () => {
      if (!lab.nft(['list', 'tables']).includes(LIMIT_TABLE)) return [];
      return [parseObserved(lab.nft(listTableArguments('inet', LIMIT_TABLE))) ?? []].flat();
    };
    lab.apply(plan([program], observe()));
    assert.deepEqual(plan([program], observe()), [], 'the kernel holds what is desired');
  }

  async function open(from: Role, port = 80): Promise<string | undefined> {
    const name = `c${(opened += 1)}`;
    const to = lab.endpoints.b.address;
    const there = await lab.endpoints[from].client.ask({ do: 'open', name, protocol: 'tcp', to, port });
    return there === true ? name : undefined;
  }
  const exchange = (from: Role, name: string) => lab.endpoints[from].client.ask({ do: 'exchange', name });
  const close = (from: Role, name: string) => lab.endpoints[from].client.ask({ do: 'close', name });
  const listed = () => lab.nft(listTableArguments('inet', LIMIT_TABLE));

  it('takes so many open connections of each peer, and more when some are closed', async function () {
    this.timeout(120_000);
    load({ per: 'peer', connections: 3 });
    const names: string[] = [];
    for (let each = 0; each < 3; each += 1) names.push((await open('a')) ?? '');
    assert.ok(!names.includes(''), 'within the limit');
    assert.equal(await open('a'), undefined, 'over it');
    for (const name of names) assert.ok(await exchange('a', name), 'what is open stays open');
    const other = await open('c');
    assert.ok(other, 'another peer has its own');
    assert.ok((parseCounters(listed())['limited'] ?? 0) > 0);
    assert.deepEqual(
      parseDenied(listed()).map(({ src, dst, port }) => `${src} ${dst} ${port}`),
      [`${lab.endpoints.a.address} ${lab.endpoints.b.address} 80`],
    );
    relimit({ per: 'peer', connections: 3 });
    assert.equal(await open('a'), undefined, 'loaded again, it still counts');
    await close('a', names[0] ?? '');
    // The kernel counts a closed connection for as long as it remembers it.
    lab.nft(['list', 'tables']);
    await eventually(async () => {
      const name = await open('a');
      assert.ok(name, 'room again');
      await close('a', name);
    }, 40_000);
  });

  it('counts nothing that the policy denies, and no second leg of a VIP by its peer', async () => {
    load({ per: 'peer', connections: 2 });
    for (let each = 0; each < 4; each += 1) assert.equal(await open('a', 81), undefined, 'denied');
    assert.equal(parseCounters(listed())['limited'], 0);
    for (let each = 0; each < 2; each += 1) assert.ok(await open('a'), 'what was denied used none of it up');
    for (let each = 0; each < 4; each += 1)
      assert.ok(await open('remote'), 'a load balancer of another node');
  });

  it('takes so many connections at each task, whoever connects', async () => {
    load({ per: 'task', connections: 3 });
    for (const from of ['a', 'c', 'remote'] as const) assert.ok(await open(from));
    for (const from of ['a', 'c', 'remote'] as const) assert.equal(await open(from), undefined, from);
  });

  it('takes so many new connections in a time', async () => {
    load({ per: 'peer', rate: { count: 1, unit: 'minute', burst: 2 } });
    for (let each = 0; each < 2; each += 1) assert.ok(await open('a'), 'the burst');
    assert.equal(await open('a'), undefined, 'over the rate');
    assert.ok(await open('c'), 'another peer has its own');
  });
});
