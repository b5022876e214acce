import assert from 'node:assert/strict';
import type { BridgesGuard } from '../../../../../plugin/agent/bridges/bridges-guard.ts';
import type { DockerUserGuard } from '../../../../../plugin/agent/docker-user-guard.ts';
import type { Enforcer } from '../../../../../plugin/agent/enforcer.ts';
import { entitledPorts } from '../../../../../plugin/agent/entitled-ports.ts';
import { gatewayTasks } from '../../../../../plugin/agent/gateway-tasks.ts';
import { holdPolicy } from '../../../../../plugin/agent/held-policy.ts';
import type { Ipv6EdgeGuard } from '../../../../../plugin/agent/ipv6-edge-guard.ts';
import type { NetworkGuards } from '../../../../../plugin/agent/network-guards.ts';
import { holdClaims } from '../../../../../plugin/agent/starts/claims.ts';
import { holdStarts, type StartAnswer } from '../../../../../plugin/agent/starts/hold-starts.ts';
import { startPlacer } from '../../../../../plugin/agent/starts/place-start.ts';
import { keepSeenStarts } from '../../../../../plugin/agent/starts/seen-starts.ts';
import type { StartQuestion } from '../../../../../plugin/agent/starts/start-question.ts';
import { TIMES } from '../../../../../plugin/config.ts';
import { silentLog } from '../../../../../plugin/log.ts';
import type { GatewayTask } from '../../../../../rules/docker-user/near.ts';
import type { NodeSnapshot } from '../../../../../rules/network-policy.ts';
import type { LocalPorts } from '../../../../../rules/overlay/local-ports.ts';
import { localFacts, localGateway, localOverlay } from '../../../../support/local-facts.ts';
import { FakeClock } from '../../fake-clock.ts';

const ID = 'ab12'.repeat(16);
const MAC = '02:42:0a:00:01:05';
const FILE = '1-net';
const NETWORK = { id: 'net', name: 'app_net', subnets: ['10.0.1.0/24'], encrypted: false, ingress: false };
const WEB = { kind: 'service', service: 'app/web' } as const;
const DB = { kind: 'service', service: 'app/db' } as const;

const word = (endpoints: object, tasks: Readonly<Record<string, string>>): NodeSnapshot =>
  ({
    networks: { net: { network: NETWORK, endpoints, services: {}, allows: {} } },
    ...{ tasks, edges: {}, nodeAddresses: [] },
  }) as unknown as NodeSnapshot;

const question = (overlay = '10.0.1.5', gateway = '172.18.0.3'): StartQuestion => ({
  container: ID,
  interfaces: [
    { kind: 'overlay', file: FILE, port: 'veth7', mac: MAC, addresses: [overlay] },
    { kind: 'host', port: 'veth9', mac: '02:42:ac:12:00:03', addresses: [gateway] },
  ],
});

/** Docker has told of the network, and of no container on it; it never does. */
const FACTS = localFacts({
  overlays: [localOverlay({ network: NETWORK, file: FILE })],
  gateway: localGateway({ subnets: ['172.18.0.0/16'] }),
});

interface Given {
  /** Of the managers; undefined: they have never spoken. */
  readonly policy: NodeSnapshot | undefined;
  /** Of the container's label; absent: Docker has not told of it. */
  readonly claim?: string | null;
  /** No table of ours is in the network's namespace. */
  readonly unguarded?: true;
  readonly fails?: true;
}

const setUp = (given: Given) => {
  const clock = new FakeClock();
  const log = silentLog();
  const policy = holdPolicy(given.policy);
  const seen = keepSeenStarts({ clock, log });
  const claims = holdClaims(() => clock.elapsed());
  const claim = (task: string | null) => {
    claims.created(ID, task ?? undefined);
  };
  if (given.claim !== undefined) claim(given.claim);
  /** What the kernel was given. */
  let ports: LocalPorts = [];
  let tasks: readonly GatewayTask[] = [];
  const networks = {
    placePorts: (overlays) => {
      if (given.fails) return Promise.reject(new Error('the kernel refused it'));
      ports = overlays.flatMap((overlay) => entitledPorts(overlay, policy));
      return Promise.resolve(given.unguarded !== true);
    },
    view: () => (given.unguarded ? undefined : { denies: true, ports }),
  } as Pick<NetworkGuards, 'placePorts' | 'view'> as NetworkGuards;
  const dockerUser = {
    apply: (_, facts) => {
      tasks = facts ? gatewayTasks(facts, policy) : [];
      return Promise.resolve();
    },
    holds: ({ address, service }) =>
      tasks.some((task) => task.address === address && task.service === service),
  } as Pick<DockerUserGuard, 'apply' | 'holds'> as DockerUserGuard;
  const ipv6Edge = { holds: () => false } as Pick<Ipv6EdgeGuard, 'holds'> as Ipv6EdgeGuard;
  const gateway = { apply: () => Promise.resolve() } as Pick<Enforcer, 'apply'> as Enforcer;
  const bridges = { view: { denies: true, settled: true } } as BridgesGuard;
  const surroundings = {
    get facts() {
      return seen.facts(FACTS);
    },
  };
  const starts = holdStarts({
    ...{ clock, log, onLook: () => undefined },
    place: startPlacer({
      ...{ log, policy, surroundings, seen, claims },
      enforcers: { networks, gateway, dockerUser, ipv6Edge, bridges },
    }),
  });
  return {
    clock,
    claim,
    starts,
    policy,
    kernel: () => ({ ports: ports.map(({ addresses }) => addresses.join()), tasks }),
    ask: async (asked = question()) => {
      let answer: StartAnswer | undefined;
      void starts.ask(asked).then((said) => (answer = said));
      await clock.pass(0);
      return () => answer;
    },
  };
};

const GO = { go: true } as const;
const WEB_TASK = { address: '172.18.0.3', service: 'app/web' };

describe('a start that is placed by what the kernel and the managers say', () => {
  const policy = word({ '10.0.1.5': WEB, '10.0.1.6': DB }, { task: 'app/web', other: 'app/db' });

  it('goes without a word of Docker’s on its networks', async () => {
    const { ask, kernel } = setUp({ policy, claim: 'task' });
    assert.deepEqual((await ask())(), GO);
    assert.deepEqual(kernel(), { ports: ['10.0.1.5'], tasks: [WEB_TASK] });
  });

  it('goes as nobody when it is a plain container, with an address that nobody has', async () => {
    const { ask, kernel } = setUp({ policy, claim: null });
    assert.deepEqual((await ask(question('10.0.1.7')))(), GO);
    assert.deepEqual(kernel(), { ports: ['10.0.1.7'], tasks: [] });
  });

  it('passes nothing as a task that is gone, whose address a plain container has now', async () => {
    const { ask, clock, kernel } = setUp({ policy, claim: null });
    const answer = await ask();
    assert.equal(answer(), undefined);
    await clock.pass(TIMES.startSettle);
    assert.deepEqual(answer(), GO);
    assert.deepEqual(kernel(), { ports: [], tasks: [] });
  });

  it('waits for the managers when another service’s task has that address now', async () => {
    const { ask, clock, starts, policy: held, kernel } = setUp({ policy, claim: 'next' });
    const answer = await ask();
    await clock.pass(50);
    assert.equal(answer(), undefined);
    assert.deepEqual(kernel(), { ports: [], tasks: [] });
    held.take(
      {
        ...{ type: 'delta', revision: 2, tasks: { task: null, next: 'app/db' } },
        networks: [{ network: 'net', endpoints: { '10.0.1.5': DB } }],
      },
      new Set(),
    );
    starts.placeAgain();
    await clock.pass(0);
    assert.deepEqual(answer(), GO);
    assert.deepEqual(kernel(), {
      ports: ['10.0.1.5'],
      tasks: [{ address: '172.18.0.3', service: 'app/db' }],
    });
  });

  it('believes no label: who says to be another’s task is refused, and reaches nobody meanwhile', async () => {
    for (const [claim, address] of [
      ['task', '10.0.1.7'],
      ['task', '10.0.1.6'],
      ['other', '10.0.1.5'],
      ['made-up', '10.0.1.5'],
      ['__proto__', '10.0.1.5'],
    ] as const) {
      const { ask, clock, kernel } = setUp({ policy, claim });
      const answer = await ask(question(address));
      await clock.pass(TIMES.startMost);
      assert.equal(answer()?.go, false, `${claim} ${address}`);
      assert.deepEqual(kernel().tasks, []);
      if (address !== '10.0.1.7') assert.deepEqual(kernel().ports, []);
    }
  });

  it('waits for Docker’s word on what the container says it is', async () => {
    const { ask, claim, clock, starts, kernel } = setUp({ policy });
    const answer = await ask();
    assert.equal(answer(), undefined);
    assert.deepEqual(kernel(), { ports: [], tasks: [] });
    claim('task');
    starts.placeAgain();
    await clock.pass(0);
    assert.deepEqual(answer(), GO);
  });

  it('is left to a run where the short way can’t tell', async () => {
    const [overlay] = question().interfaces;
    const elsewhere = { ...overlay!, file: '1-other' } as StartQuestion['interfaces'][number];
    for (const [given, asked] of [
      [{ policy: undefined, claim: 'task' }, question()],
      [{ policy, claim: 'task', unguarded: true }, question()],
      [{ policy, claim: 'task', fails: true }, question()],
      // docker_gwbridge is as new as the container, or it is on another bridge, too.
      [{ policy, claim: 'task' }, question('10.0.1.5', '172.30.0.3')],
      [
        { policy, claim: 'task' },
        { container: ID, interfaces: [overlay!, elsewhere] },
      ],
    ] as readonly (readonly [Given, StartQuestion])[]) {
      const { ask, clock } = setUp(given);
      const answer = await ask(asked);
      await clock.pass(TIMES.startSettle);
      assert.equal(answer(), undefined);
      await clock.pass(TIMES.startMost);
      assert.equal(answer()?.go, false, 'no run comes, and nobody knows what it may');
    }
  });
});
