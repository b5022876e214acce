import assert from 'node:assert/strict';
import { NO_BRIDGES } from '../../../../../plugin/agent/bridges/bridge-facts.ts';
import { holdPolicy } from '../../../../../plugin/agent/held-policy.ts';
import type { LocalFacts } from '../../../../../plugin/agent/local-facts.ts';
import { judgeStart, type StartView } from '../../../../../plugin/agent/starts/judge-start.ts';

const MAC = '02:42:ac:14:00:02';
const PORT = { port: 'veth5', mac: MAC, addresses: ['172.20.0.2'] };
const QUESTION = { container: 'c1', interfaces: [{ kind: 'host' as const, ...PORT }] };

interface State {
  readonly seen?: false;
  readonly guarded?: false;
  readonly bridges?: StartView['bridges'];
  readonly ports?: readonly (typeof PORT)[];
  readonly placed?: false;
}

function lacks(state: State = {}): readonly string[] {
  const bridge = {
    network: { id: 'n', name: 'shop_default', subnets: ['172.20.0.0/16'], encrypted: false, ingress: false },
    device: 'br-n',
    endpoints: [{ container: 'c1', address: '172.20.0.2' }],
    members: ['veth5'],
    ports: state.ports ?? [PORT],
  };
  const record = { id: 'c1', stack: 'shop', service: 'web' };
  const facts = {
    overlays: [],
    gateway: { subnets: ['172.18.0.0/16'], ingressSandbox: undefined, addresses: new Map() },
    bridges: {
      ...NO_BRIDGES,
      containers: [record],
      bridges: state.guarded === false ? [] : [bridge],
      seen: new Set(state.seen === false ? [] : ['c1']),
    },
  } as unknown as LocalFacts;
  const view: StartView = {
    facts,
    policy: holdPolicy(undefined),
    placed: new Set(),
    guard: () => undefined,
    bridges: state.bridges ?? { denies: true, settled: true },
    holdsGateway6: () => false,
    holdsGateway: ({ service }) => state.placed !== false && service === 'container shop/web',
  };
  return judgeStart(QUESTION, view).map(({ what, safe }) => `${safe ? 'safe' : 'unsafe'}: ${what}`);
}

describe("what a start on the node's own networks waits for", () => {
  it('is nothing when all is in the kernel, or nobody guards the network', () => {
    assert.deepEqual(lacks(), []);
    assert.deepEqual(lacks({ guarded: false, placed: false }), []);
  });

  it('is that Docker has told of it: its labels may call for a guard', () => {
    assert.deepEqual(lacks({ seen: false }), ['unsafe: what Docker says of the container']);
  });

  it('is its port, the rules, and its place in DOCKER-USER', () => {
    assert.deepEqual(lacks({ ports: [] }), ['safe: the port veth5 of shop_default']);
    assert.deepEqual(lacks({ bridges: { denies: true, settled: false } }), [
      'safe: the rules of the network shop_default',
    ]);
    assert.deepEqual(lacks({ bridges: { denies: false, settled: false } }), [
      'unsafe: the rules of the network shop_default',
    ]);
    assert.deepEqual(lacks({ placed: false }), ['unsafe: 172.20.0.2 of container shop/web in DOCKER-USER']);
  });
});
