import assert from 'node:assert/strict';
import { createBridgePolicy } from '../../plugin/agent/bridges/bridge-policy.ts';
import { guardDockerUser, type DockerUserGuard } from '../../plugin/agent/docker-user-guard.ts';
import { countKernelLosses } from '../../plugin/agent/flows/kernel-losses.ts';
import { holdPolicy } from '../../plugin/agent/held-policy.ts';
import type { LocalFacts } from '../../plugin/agent/local-facts.ts';
import { namespaceAt } from '../../plugin/kernel/namespace.ts';
import { silentLog } from '../../plugin/log.ts';
import { systemClock } from '../../plugin/process/clock.ts';
import { converseWithProcess } from '../../plugin/process/converse.ts';
import { followProcess } from '../../plugin/process/follow.ts';
import { runProcess, type Run } from '../../plugin/process/run.ts';
import type { EdgePolicy, NodeSnapshot } from '../../rules/network-policy.ts';
import { localFacts, localGateway, localOverlay } from '../support/local-facts.ts';
import { addNamespace, inNamespace, namespaceName, removeNamespaces } from './lab/namespaces.ts';

const NETWORK = { id: 'net', name: 'app_net', subnets: ['10.0.1.0/24'], encrypted: false, ingress: false };
const WEB = { kind: 'service', service: 'app/web' } as const;
/** To one block, on one port. */
const EDGE: EdgePolicy = {
  stance: { ingress: 'isolated', egress: 'isolated' },
  pair: { ingress: 'open', egress: 'open' },
  ...{ near: [], ingress: [], published: [] },
  egress: [{ cidr: '192.0.2.0/24', except: [], protocol: 'tcp', port: 443 }],
};
const POLICY = {
  networks: {
    net: {
      network: NETWORK,
      endpoints: { '10.0.1.5': WEB, '10.0.1.6': WEB, '10.0.1.7': WEB },
      ...{ services: {}, allows: {} },
    },
  },
  tasks: { first: 'app/web', second: 'app/web', third: 'app/web' },
  edges: { 'app/web': EDGE },
  nodeAddresses: [],
} as unknown as NodeSnapshot;

/** These tasks run here: name → the last byte of its addresses. */
function factsOf(tasks: Readonly<Record<string, number>>): LocalFacts {
  const all = Object.entries(tasks);
  const endpoints = all.map(([task, last]) => ({ task, container: task, address: `10.0.1.${last}` }));
  return localFacts({
    overlays: [localOverlay({ network: NETWORK, file: '1-net', endpoints })],
    gateway: localGateway({
      subnets: ['172.18.0.0/16'],
      addresses: new Map(all.map(([task, last]) => [task, `172.18.0.${last}`])),
    }),
  });
}

describe("a new task's place in DOCKER-USER, on the real kernel", () => {
  const name = namespaceName('user-starts');
  const policy = holdPolicy(POLICY);
  const drifts: string[] = [];
  let ran: string[];
  let guard: DockerUserGuard;

  before(async () => {
    removeNamespaces([name]);
    addNamespace(name);
    const iptables = (...args: string[]) => inNamespace(name, 'iptables-nft', args);
    iptables('-N', 'DOCKER-USER');
    iptables('-A', 'FORWARD', '-j', 'DOCKER-USER');
    const counting: Run = (file, args, options) => {
      ran.push(args.join(' '));
      return runProcess(file, args, options);
    };
    ran = [];
    guard = guardDockerUser({
      host: namespaceAt(`/run/netns/${name}`, counting),
      ...{ follow: followProcess, converse: converseWithProcess, clock: systemClock, log: silentLog() },
      onDrift: (what) => drifts.push(what),
      onDirty: () => undefined,
      bridges: createBridgePolicy(),
      losses: countKernelLosses(systemClock),
    });
    await guard.apply(policy, factsOf({ first: 5 }));
  });
  after(() => {
    guard.stop();
    removeNamespaces([name]);
  });

  const saved = () => inNamespace(name, 'ipset', ['save']);
  const held = (last: number) => ({ address: `172.18.0.${last}`, service: 'app/web' });

  it('is filled in at once, without another process', async () => {
    assert.ok(guard.holds(held(5)) && !guard.holds(held(6)));
    ran = [];
    await guard.apply(policy, factsOf({ first: 5, second: 6 }));
    assert.deepEqual(ran, []);
    assert.ok(guard.holds(held(6)));
    assert.match(saved(), /172\.18\.0\.6,tcp:443,192\.0\.2\.0\/24/);
  });

  it('is what a whole look at the kernel finds', async () => {
    guard.distrust();
    await guard.apply(policy, factsOf({ first: 5, second: 6 }));
    assert.deepEqual(drifts, []);
  });

  it('is put back when somebody took it away, and then filled in again', async () => {
    const [set] = [...saved().matchAll(/^add (\S+) 172\.18\.0\.6$/gmu)].map(([, found]) => found!);
    inNamespace(name, 'ipset', ['del', set!, '172.18.0.6']);
    guard.distrust();
    await guard.apply(policy, factsOf({ first: 5, second: 6 }));
    assert.equal(drifts.length, 1);
    assert.match(saved(), new RegExp(`^add ${set} 172\\.18\\.0\\.6$`, 'mu'));
  });

  it('stays when two ask at once, each with what it knew: what was told last counts', async () => {
    await Promise.all([
      guard.apply(policy, factsOf({ first: 5, second: 6 })),
      guard.apply(policy, factsOf({ first: 5, second: 6, third: 7 })),
    ]);
    assert.ok(guard.holds(held(7)));
    await guard.apply(policy, factsOf({ third: 7 }));
    assert.ok(guard.holds(held(7)) && !guard.holds(held(5)));
    assert.doesNotMatch(saved(), /172\.18\.0\.5/);
  });
});
