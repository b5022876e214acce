import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { EdgePolicy } from '../../../../rules/network-policy.ts';
import { dockerUserProgram, type DockerUserInput } from '../../../../rules/docker-user/docker-user.ts';
import { planDockerUser, removeDockerUser } from '../../../../rules/docker-user/plan.ts';
import { untoldChains } from '../../../../rules/docker-user/verdict-chains.ts';
import type { FilterChain } from '../../../../rules/step.ts';
import { parsePrefix, unionOfBlocks } from '../../../../rules/docker-user/prefixes.ts';
import { parseEdgeCounters, parseObservedDockerUser } from '../../../../rules/docker-user/observe.ts';

const NONE: DockerUserInput = { tasks: [], edges: {}, gatewaySubnets: ['172.18.0.0/16'], nodeAddresses: [] };
const NOTHING_THERE = parseObservedDockerUser(':DOCKER-USER - [0:0]\n', '');

describe('docker-user program', () => {
  const edge: EdgePolicy = {
    stance: { ingress: 'isolated', egress: 'isolated' },
    pair: { ingress: 'isolated', egress: 'isolated' },
    near: [],
    ingress: [
      { cidr: '0.0.0.0/0', except: ['10.0.0.0/8'], protocol: 'tcp', port: 8080 },
      { cidr: '10.1.0.0/16', except: [], protocol: 'any' },
    ],
    egress: [
      { cidr: '1.1.1.1/32', except: [], protocol: 'udp', port: 53 },
      { cidr: '192.0.2.0/24', except: [], protocol: 'tcp', port: 8000, endPort: 9000 },
      { cidr: '198.51.100.0/24', except: ['198.51.100.7'], protocol: 'any' },
    ],
    published: [
      { protocol: 'tcp', published: 80, target: 8080, mode: 'ingress' },
      { protocol: 'tcp', published: 8443, target: 443, mode: 'host' },
    ],
  };
  const input: DockerUserInput = {
    ...NONE,
    tasks: [{ address: '172.18.0.5', service: 's/web' }],
    sandbox: '172.18.0.2',
    edges: { 's/web': edge },
    nodeAddresses: ['203.0.113.9'],
  };
  const entries = (set: string, from = input) =>
    [...(dockerUserProgram(from).sets.get(set)?.entries ?? [])].map(([entry, flag]) =>
      `${entry} ${flag}`.trim(),
    );

  it('guards the published port in the mesh by client, and the target port on the task', () => {
    assert.deepEqual(entries('sw-mesh'), ['172.18.0.2,tcp:80']);
    assert.deepEqual(entries('sw-tasks-in'), ['172.18.0.5']);
    assert.deepEqual(entries('sw-in').sort(), [
      '172.18.0.2,tcp:80,0.0.0.0/1',
      '172.18.0.2,tcp:80,10.0.0.0/8 nomatch',
      '172.18.0.2,tcp:80,10.1.0.0/16',
      '172.18.0.2,tcp:80,128.0.0.0/1',
      '172.18.0.2,tcp:80,203.0.113.9 nomatch',
      '172.18.0.5,tcp:443,10.1.0.0/16',
    ]);
  });

  it("leaves a bridge's own traffic to its program, before anything is denied", () => {
    const [chain] = dockerUserProgram({ ...input, bridges: ['br-1', 'br-2'] }).chains;
    const rules = chain?.rules ?? [];
    const own = rules.findIndex((rule) => rule.startsWith('-i br-2 -o br-2 '));
    assert.match(rules[own] ?? '', /-j RETURN$/);
    assert.ok(own < rules.findIndex((rule) => rule.includes('SWARMWALL-IN')));
  });

  it('keeps egress by port, by range and by address', () => {
    assert.deepEqual(entries('sw-tasks-out'), ['172.18.0.5']);
    assert.deepEqual(entries('sw-out'), ['172.18.0.5,udp:53,1.1.1.1']);
    const [, , out] = dockerUserProgram(input).chains;
    const spans = (out?.rules ?? []).flatMap((rule) => {
      const match =
        /(?:--dport (\S+) )?-m set --match-set (sw-from-\w+) src -m set --match-set (sw-to-\w+) dst/.exec(
          rule,
        );
      return match ? [[match[1], entries(match[2] ?? ''), entries(match[3] ?? '')]] : [];
    });
    assert.deepEqual(
      spans.sort(([a], [b]) => (a === undefined ? 1 : b === undefined ? -1 : 0)),
      [
        ['8000:9000', ['172.18.0.5'], ['192.0.2.0/24']],
        [undefined, ['172.18.0.5'], ['198.51.100.0/24', '198.51.100.7 nomatch']],
      ],
    );
  });

  it('guards nothing of open or unknown services, and marks what is in audit', () => {
    const open = { ...edge, stance: { ingress: 'open', egress: 'open' } } as const;
    assert.deepEqual(entries('sw-tasks-in', { ...input, edges: { 's/web': open } }), []);
    assert.deepEqual(entries('sw-mesh', { ...input, edges: {} }), []);
    const audit = { ...edge, stance: { ingress: 'audit', egress: 'audit' } } as const;
    const audited = { ...input, edges: { 's/web': audit } };
    assert.deepEqual(entries('sw-tasks-in-audit', audited), ['172.18.0.5']);
    assert.deepEqual(entries('sw-mesh-audit', audited), ['172.18.0.2,tcp:80']);
    assert.deepEqual(entries('sw-tasks-out-audit', audited), ['172.18.0.5']);
  });

  it('lets through before it guards, and writes the jump last', () => {
    const steps = planDockerUser(dockerUserProgram(input), NOTHING_THERE);
    assert.deepEqual(
      steps.map(({ kind }) => kind),
      ['ipset', 'chain', 'jump', 'jump'],
    );
    const [first] = steps;
    assert.ok(first?.kind === 'ipset');
    const at = (line: string) => first.lines.findIndex((each) => each.startsWith(line));
    assert.ok(at('add sw-in ') < at('add sw-tasks-in '));
    assert.ok(at('add sw-out ') < at('add sw-tasks-out '));
  });

  it('swaps a set whose exceptions change, so that none is let through for a moment', () => {
    const observed = { ...NOTHING_THERE, sets: dockerUserProgram(input).sets };
    const next = { ...input, nodeAddresses: ['203.0.113.9', '203.0.113.10'] };
    const [first] = planDockerUser(dockerUserProgram(next), observed);
    assert.ok(first?.kind === 'ipset');
    assert.ok(first.lines.includes('swap sw-next-hash-ip-port-net sw-in'));
  });

  it('reads counters by verdict', () => {
    const saved = [
      '[7:420] -A SWARMWALL-IN -m comment --comment "abc:3/9 in-denied" -j DROP',
      '[2:120] -A SWARMWALL-OUT -m comment --comment "abc:8/9 out-denied" -j DROP',
      '[5:300] -A SWARMWALL-OUT -m set --match-set x src -m comment --comment "abc:6/9 out-denied" -g SWARMWALL-DENIED',
      '[9:540] -A SWARMWALL-DENIED -m hashlimit -m comment --comment "abc:7/9 denied_told" -j NFLOG --nflog-group 1',
      '[14:840] -A SWARMWALL-DENIED -m comment --comment "abc:8/9 denied" -j DROP',
    ].join('\n');
    assert.deepEqual(parseEdgeCounters(saved), {
      verdicts: { 'in-denied': 7, 'in-would-deny': 0, 'out-denied': 7, 'out-would-deny': 0 },
      told: {
        ...{ accepted: 0, denied: 14, would_denied: 0 },
        ...{ accepted_told: 0, denied_told: 9, would_denied_told: 0 },
      },
    });
  });

  it('hands nothing to a log that the kernel has not, and is the same rules by their comments', () => {
    const { chains } = dockerUserProgram(input);
    const commentsOf = (of: readonly FilterChain[]) =>
      of.flatMap(({ rules }) => rules.map((rule) => /--comment "[^"]*"/.exec(rule)?.[0]));
    const untold = untoldChains(chains);
    assert.ok(untold);
    assert.deepEqual(commentsOf(untold), commentsOf(chains));
    assert.doesNotMatch(JSON.stringify(untold), /NFLOG|hashlimit/);
    assert.equal(untoldChains(untold), undefined);
  });

  it('removes only what is there', () => {
    assert.deepEqual(removeDockerUser(NOTHING_THERE), []);
  });
});

describe('union of address blocks', () => {
  const prefix = fc
    .record({ bits: fc.integer({ min: 0, max: 255 }), length: fc.constantFrom(0, 1, 8, 24, 28, 30, 32) })
    .map(({ bits, length }) => `10.0.0.${bits}/${length}`);
  const block = fc.record({ cidr: prefix, except: fc.array(prefix, { maxLength: 3 }) });

  it('matches what some block holds and does not except, by the longest prefix', () => {
    fc.assert(
      fc.property(fc.array(block, { maxLength: 4 }), fc.integer({ min: 0, max: 255 }), (blocks, host) => {
        const address = `10.0.0.${host}`;
        const expected = blocks.some(
          ({ cidr, except }) => holds(cidr, address) && !except.some((each) => holds(each, address)),
        );
        const deciding = unionOfBlocks(blocks)
          .filter((verdict) => holds(verdict.prefix, address))
          .sort((a, b) => (parsePrefix(b.prefix)?.length ?? 0) - (parsePrefix(a.prefix)?.length ?? 0))[0];
        assert.equal(deciding?.match ?? false, expected);
      }),
    );
  });

  it('leaves out what it cannot read, and a block whose exception it cannot read', () => {
    assert.deepEqual(
      unionOfBlocks([
        { cidr: '::/0', except: [] },
        { cidr: '10.0.0.0/8', except: ['nonsense'] },
      ]),
      [],
    );
  });
});

function holds(block: string, address: string): boolean {
  const [outer, inner] = [parsePrefix(block), parsePrefix(address)];
  if (!outer || !inner) return false;
  return (
    Math.floor(inner.network / 2 ** (32 - outer.length)) ===
    Math.floor(outer.network / 2 ** (32 - outer.length))
  );
}
