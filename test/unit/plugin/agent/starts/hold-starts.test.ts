import assert from 'node:assert/strict';
import { NO_BRIDGES } from '../../../../../plugin/agent/bridges/bridge-facts.ts';
import { holdPolicy } from '../../../../../plugin/agent/held-policy.ts';
import { holdStarts, type StartAnswer } from '../../../../../plugin/agent/starts/hold-starts.ts';
import {
  judgeStart,
  type GuardView,
  type StartView,
} from '../../../../../plugin/agent/starts/judge-start.ts';
import type { StartQuestion } from '../../../../../plugin/agent/starts/start-question.ts';
import { TIMES } from '../../../../../plugin/config.ts';
import { silentLog } from '../../../../../plugin/log.ts';
import type { NodeSnapshot } from '../../../../../rules/network-policy.ts';
import { localFacts, localGateway, localOverlay } from '../../../../support/local-facts.ts';
import { FakeClock } from '../../fake-clock.ts';

const ID = 'ab12'.repeat(16);
const MAC = '02:42:0a:00:01:05';
const FILE = '1-net';
const NETWORK = { id: 'net', name: 'app_net', subnets: ['10.0.1.0/24'], encrypted: false, ingress: false };

const QUESTION: StartQuestion = {
  container: ID,
  interfaces: [
    { kind: 'overlay', file: FILE, port: 'veth7', mac: MAC, addresses: ['10.0.1.5'] },
    { kind: 'host', port: 'veth9', mac: '02:42:ac:12:00:03', addresses: ['172.18.0.3'] },
  ],
};
const POLICY = {
  networks: {
    net: {
      network: NETWORK,
      endpoints: { '10.0.1.5': { kind: 'service', service: 'app/web' } },
      services: { 'app/web': { ingress: 'isolated', egress: 'isolated' } },
      allows: {},
    },
  },
  tasks: { task: 'app/web' },
  edges: {},
  nodeAddresses: [],
} as unknown as NodeSnapshot;

interface State {
  /** False: the managers have not named the task yet. */
  readonly word?: boolean;
  /** A plain container, of no task. */
  readonly task?: string | undefined;
  readonly guard?: Partial<GuardView> | undefined;
  /** Docker lists the container: on the overlay, on docker_gwbridge. */
  readonly told?: boolean;
  readonly gateway?: string | undefined;
  readonly placed?: boolean;
  /** docker_gwbridge has IPv6, and so much is known of the container's. */
  readonly six?: 'untold' | 'none' | 'told' | 'placed';
  readonly facts?: false;
}

function viewOf(state: State = {}): StartView {
  const task = 'task' in state ? state.task : 'task';
  const endpoints =
    state.told === false ? [] : [{ container: ID, address: '10.0.1.5', ...(task ? { task } : {}) }];
  const facts = localFacts({
    overlays: [localOverlay({ network: NETWORK, file: FILE, endpoints })],
    gateway: localGateway({
      subnets: ['172.18.0.0/16', ...(state.six === undefined ? [] : ['fd18::/64'])],
      addresses: new Map('gateway' in state ? [] : [[ID, '172.18.0.3']]),
      ports:
        state.six === 'untold'
          ? []
          : [
              {
                ...{ port: 'veth9', mac: '02:42:ac:12:00:03' },
                addresses: [
                  '172.18.0.3',
                  ...(state.six === 'told' || state.six === 'placed' ? ['fd18::3'] : []),
                ],
              },
            ],
    }),
    bridges: { ...NO_BRIDGES, seen: new Set([ID, 'c']) },
  });
  const guard: GuardView = {
    denies: true,
    ports: [{ port: 'veth7', mac: MAC, addresses: ['10.0.1.5'] }],
    ...state.guard,
  };
  return {
    facts: state.facts === false ? undefined : facts,
    policy: holdPolicy(state.word === false ? undefined : POLICY),
    placed: new Set(state.word === false ? [] : ['task']),
    guard: (file) => (file === FILE && !('guard' in state && state.guard === undefined) ? guard : undefined),
    bridges: { denies: true, settled: true },
    holdsGateway: () => state.placed !== false,
    holdsGateway6: ({ address, service }) =>
      state.six === 'placed' && address === 'fd18::3' && service === 'app/web',
  };
}

const lacks = (state?: State) =>
  judgeStart(QUESTION, viewOf(state)).map(({ what, safe }) => `${safe ? 'safe' : 'unsafe'}: ${what}`);

describe('what a start waits for', () => {
  it('is nothing when port, address and gateway are in the kernel', () => {
    assert.deepEqual(lacks(), []);
  });

  it('is its port, under which nothing else could send', () => {
    const port = { port: 'veth7', mac: MAC, addresses: ['10.0.1.5'] };
    for (const ports of [
      [],
      [{ ...port, port: 'veth8' }],
      [{ ...port, mac: '02:42:0a:00:01:06' }],
      [{ ...port, addresses: ['10.0.1.6'] }],
    ])
      assert.deepEqual(lacks({ guard: { ports } }), ['safe: the port veth7 in 1-net']);
  });

  it('is the table, which is unsafe to go without', () => {
    assert.deepEqual(lacks({ guard: { denies: false } }), ['unsafe: the rules of the network in 1-net']);
  });

  it('is its place in DOCKER-USER, without which it could reach the world', () => {
    assert.deepEqual(lacks({ placed: false }), ['unsafe: 172.18.0.3 of app/web in DOCKER-USER']);
    assert.deepEqual(lacks({ gateway: undefined }), [
      'unsafe: what Docker says of 172.18.0.3 on docker_gwbridge',
    ]);
  });

  it('is its IPv6 address on a docker_gwbridge that has such, by which it could reach the world', () => {
    assert.deepEqual(lacks({ six: 'untold' }), ['unsafe: what Docker says of its IPv6 on docker_gwbridge']);
    assert.deepEqual(lacks({ six: 'told' }), ['unsafe: fd18::3 of app/web in the rules for IPv6']);
    assert.deepEqual(lacks({ six: 'placed' }), []);
    assert.deepEqual(lacks({ six: 'none' }), [], 'a container without IPv6');
    assert.deepEqual(lacks({ six: 'untold', guard: undefined }), [], 'where nobody guards the network');
  });

  it('is to know whose the container is, where its address could reach the world', () => {
    assert.deepEqual(lacks({ told: false }), [
      'safe: what Docker says of the container in 1-net',
      'unsafe: whose the container is',
    ]);
  });

  it("is the managers' word on a task, and on no other container", () => {
    const word = "a manager's word on the task";
    // Its address on docker_gwbridge may reach the world as long as nobody knows whose it is.
    assert.deepEqual(lacks({ word: false }), [`unsafe: ${word}`]);
    const inside = { container: ID, interfaces: QUESTION.interfaces.slice(0, 1) };
    assert.deepEqual(judgeStart(inside, viewOf({ word: false })), [{ what: word, safe: true }]);
    assert.deepEqual(lacks({ word: false, guard: undefined }), ["safe: a manager's word on the task"]);
    assert.deepEqual(lacks({ word: false, task: undefined }), []);
  });

  it('is, where nobody guards the network, only to know that', () => {
    assert.deepEqual(lacks({ guard: undefined }), []);
    assert.deepEqual(lacks({ guard: undefined, told: false }), [
      'safe: what Docker says of the container in 1-net',
    ]);
    assert.deepEqual(lacks({ guard: undefined, facts: false }), [
      'unsafe: what Docker says of the network in 1-net',
    ]);
  });

  it('is nothing for a container on no overlay', () => {
    const interfaces = QUESTION.interfaces.slice(1);
    assert.deepEqual(judgeStart({ container: ID, interfaces }, viewOf({ placed: false, facts: false })), []);
  });
});

describe('a held start', () => {
  const setUp = (placed: () => StartView | undefined = () => undefined) => {
    const clock = new FakeClock();
    let looks = 0;
    const starts = holdStarts({
      ...{ clock, log: silentLog(), onLook: () => (looks += 1) },
      place: () => Promise.resolve(placed()),
    });
    const ask = (): { readonly answer: () => StartAnswer | undefined } => {
      let answer: StartAnswer | undefined;
      void starts.ask(QUESTION).then((said) => (answer = said));
      return { answer: () => answer };
    };
    return { clock, starts, ask, looks: () => looks };
  };

  it('goes at once when everything is in place, and asks for no look', async () => {
    const { clock, starts, ask, looks } = setUp();
    starts.review(viewOf());
    const start = ask();
    await clock.pass(0);
    assert.deepEqual(start.answer(), { go: true });
    assert.equal(looks(), 0);
  });

  it('goes with the run that put it in place', async () => {
    const { clock, starts, ask, looks } = setUp();
    starts.review(viewOf({ guard: { ports: [] } }));
    const start = ask();
    await clock.pass(0);
    assert.equal(looks(), 1);
    starts.review(viewOf({ guard: { ports: [] } }));
    await clock.pass(40);
    assert.equal(looks(), 2);
    assert.equal(start.answer(), undefined);
    starts.review(viewOf());
    await clock.pass(0);
    assert.deepEqual(start.answer(), { go: true });
    assert.deepEqual(
      starts.recent().map(({ waited, started, lacks }) => ({ waited, started, lacks })),
      [{ waited: 40, started: true, lacks: [] }],
    );
  });

  it('goes without a run when it can be placed beside one, now or once there is news', async () => {
    let view: StartView | undefined = viewOf();
    const { clock, starts, ask, looks } = setUp(() => view);
    const first = ask();
    await clock.pass(0);
    assert.deepEqual([first.answer(), looks()], [{ go: true }, 0]);
    view = viewOf({ word: false });
    const second = ask();
    await clock.pass(0);
    assert.deepEqual([second.answer(), looks()], [undefined, 1]);
    view = viewOf();
    starts.placeAgain();
    await clock.pass(0);
    assert.deepEqual(second.answer(), { go: true });
  });

  it('goes after a while when it only waits for what is allowed', async () => {
    const { clock, starts, ask } = setUp();
    starts.review(viewOf({ guard: { ports: [] } }));
    const start = ask();
    await clock.pass(TIMES.startSettle - 1);
    assert.equal(start.answer(), undefined);
    await clock.pass(1);
    assert.deepEqual(start.answer(), { go: true });
    assert.deepEqual(starts.recent()[0]?.lacks, ['the port veth7 in 1-net']);
  });

  it('is refused when its rules do not come, or the agent has not looked at all', async () => {
    const { clock, starts, ask } = setUp();
    const early = ask();
    await clock.pass(TIMES.startMost);
    assert.deepEqual(early.answer(), { go: false, why: 'still missing: the first look of the agent' });
    starts.review(viewOf({ guard: { denies: false } }));
    const late = ask();
    await clock.pass(TIMES.startMost - 1);
    assert.equal(late.answer(), undefined);
    await clock.pass(1);
    assert.deepEqual(late.answer(), { go: false, why: 'still missing: the rules of the network in 1-net' });
  });

  it('is answered once, whatever comes later', async () => {
    const { clock, starts, ask } = setUp();
    starts.review(viewOf({ word: false }));
    const start = ask();
    starts.review(viewOf());
    await clock.pass(TIMES.startMost + 1);
    assert.deepEqual(start.answer(), { go: true });
    assert.equal(starts.recent().length, 1);
  });
});
