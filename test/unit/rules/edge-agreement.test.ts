import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createCalculator } from '../../../rules/calculator.ts';
import { dockerUserProgram, type DockerUserInput } from '../../../rules/docker-user/docker-user.ts';
import { createEvaluator, type EvaluatorInput, type Verdict } from '../../../rules/evaluator.ts';
import { dockerUserWalker } from '../../support/docker-user-walker.ts';
import { cluster, HIGHEST_PORT, SERVICES } from './policy-arbitrary.ts';

const SANDBOX = '172.18.0.2';
const GATEWAY = '172.18.0.0/16';
const NODES = ['192.0.2.1', '198.51.100.3', '203.0.113.9'];
const STRANGER = '172.18.9.9';
/** Of the world, of nodes, of metadata, and of another container on docker_gwbridge. */
const OUTSIDE = [
  ...['198.51.100.1', '198.51.100.5', '198.51.100.9', '198.51.100.70', '198.51.100.200'],
  ...['192.0.2.2', '192.0.2.3', '203.0.113.1', ...NODES, STRANGER],
  ...['169.254.169.254', '169.254.169.253', '169.254.170.2', '100.100.100.200'],
];

const taskOf = (index: number) => `172.18.1.${index + 1}`;

const withPublished = cluster.map(({ services, ...rest }) => ({
  ...rest,
  services: services.map((service) => ({
    ...service,
    ports: service.ports.map((port, index) => ({
      ...port,
      published: 1000 + SERVICES.indexOf(service.key) * 10 + index,
      mode: index % 2 === 0 ? ('ingress' as const) : ('host' as const),
    })),
  })),
}));

function edgesOf({ stacks, services, clusterPolicies = [], groups = [] }: EvaluatorInput) {
  const calculator = createCalculator();
  calculator.apply([
    { kind: 'cluster-policies', policies: clusterPolicies },
    { kind: 'groups', groups },
    ...stacks.map((stack) => ({ kind: 'stack' as const, stack })),
    ...services.map((service) => ({ kind: 'service' as const, service })),
  ]);
  // Over the wire, as agents get it.
  return JSON.parse(JSON.stringify(Object.fromEntries(calculator.edges()))) as DockerUserInput['edges'];
}

function expected({ allowed, wouldDeny }: Verdict): string {
  if (!allowed) return 'dropped';
  return wouldDeny ? 'counted' : 'passes';
}

function walkerOf(given: EvaluatorInput) {
  return dockerUserWalker(
    dockerUserProgram({
      tasks: given.services.map(({ key }, index) => ({ address: taskOf(index), service: key })),
      ...{ sandbox: SANDBOX, gatewaySubnets: [GATEWAY], nodeAddresses: NODES },
      edges: edgesOf(given),
    }),
  );
}

describe('What the host lets pass from task to task over docker_gwbridge', () => {
  it('is what the evaluator says of the pair, through the mesh and at ports in host mode', () => {
    fc.assert(
      fc.property(withPublished, (given) => {
        const evaluator = createEvaluator({ ...given, nodeAddresses: NODES, clusterNets: [GATEWAY] });
        const walk = walkerOf(given);
        for (const [source, { key: from }] of given.services.entries())
          for (const [index, { key, ports }] of given.services.entries())
            for (const { protocol, target, published, mode } of ports) {
              const way =
                mode === 'ingress' ? { to: SANDBOX, port: published } : { to: taskOf(index), port: target };
              const verdict = evaluator.judge({
                ...{ from: { service: from }, to: { service: key }, protocol, port: target },
              });
              const what = `${from} → ${key}:${target}/${protocol} ${mode}`;
              assert.equal(walk({ from: taskOf(source), ...way, protocol }), expected(verdict), what);
            }
      }),
      { numRuns: 30 },
    );
  });

  it('is the same through docker-proxy, which is closed to strangers as the task’s own address is', () => {
    fc.assert(
      fc.property(withPublished, (given) => {
        const evaluator = createEvaluator({ ...given, nodeAddresses: NODES, clusterNets: [GATEWAY] });
        const walk = walkerOf(given);
        for (const { key, ports } of given.services)
          for (const { protocol, target, published, mode } of ports) {
            if (mode !== 'host') continue;
            const asked = { to: { service: key }, protocol, port: target };
            const packet = { to: '10.9.9.9', port: published, protocol, local: true } as const;
            for (const [source, { key: from }] of given.services.entries()) {
              const verdict = evaluator.judge({ ...asked, from: { service: from } });
              const what = `${from} → ${key}:${target}/${protocol}`;
              assert.equal(walk({ ...packet, from: taskOf(source) }), expected(verdict), what);
            }
            const stranger = evaluator.judge({ ...asked, from: { address: STRANGER } });
            assert.equal(walk({ ...packet, from: STRANGER }), expected(stranger), `stranger → ${key}`);
          }
      }),
      { numRuns: 30 },
    );
  });

  it('leaves no other port of a task that is isolated from the pair’s source', () => {
    fc.assert(
      fc.property(withPublished, (given) => {
        const edges = edgesOf(given);
        const walk = walkerOf(given);
        for (const [source, { key: from }] of given.services.entries())
          for (const [index, { key }] of given.services.entries()) {
            const packet = { from: taskOf(source), to: taskOf(index), protocol: 'tcp', port: 60000 };
            const stances = [edges[from]?.pair.egress, edges[key]?.pair.ingress];
            if (stances.includes('isolated')) assert.equal(walk(packet), 'dropped', `${from} → ${key}`);
            else assert.equal(walk(packet), stances.includes('audit') ? 'counted' : 'passes');
          }
      }),
      { numRuns: 20 },
    );
  });
});

describe('What the host lets pass to and from the world', () => {
  it('is what the evaluator says, for tasks, published ports and every kind of address', () => {
    fc.assert(
      fc.property(withPublished, (given) => {
        const evaluator = createEvaluator({ ...given, nodeAddresses: NODES, clusterNets: [GATEWAY] });
        const walk = walkerOf(given);
        for (const [index, { key, ports }] of given.services.entries())
          for (const outside of OUTSIDE) {
            for (const { protocol, target, published, mode } of ports) {
              const packet =
                mode === 'ingress'
                  ? { from: outside, to: SANDBOX, protocol, port: published }
                  : { from: outside, to: taskOf(index), protocol, port: target };
              const verdict = evaluator.judge({
                ...{ from: { address: outside }, to: { service: key }, protocol, port: target },
              });
              const what = `${outside} → ${key}:${target}/${protocol} ${mode}`;
              assert.equal(walk(packet), expected(verdict), what);
            }
            for (const asked of asking()) {
              const packet = { from: taskOf(index), to: outside, ...asked };
              const verdict = evaluator.judge({ from: { service: key }, to: { address: outside }, ...asked });
              const what = `${key} → ${outside} ${asked.protocol} ${asked.port ?? ''}`;
              assert.equal(walk(packet), expected(verdict), what);
              if (NODES.includes(outside))
                assert.equal(walk({ ...packet, local: true }), expected(verdict), what);
            }
          }
      }),
      { numRuns: 25 },
    );
  });
});

function range(first: number, last: number, step: number): readonly number[] {
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, index) => first + index * step);
}

function* asking(): Generator<{ protocol: 'tcp' | 'udp' | 'sctp' | 'icmp'; port?: number }> {
  yield { protocol: 'icmp' };
  yield { protocol: 'sctp', port: 1 };
  for (const protocol of ['tcp', 'udp'] as const)
    for (const port of [...range(1, HIGHEST_PORT + 2, 2), 53]) yield { protocol, port };
}
