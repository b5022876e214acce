import assert from 'node:assert/strict';
import { DEFAULT_SETTINGS } from '../../../compose-ext/index.ts';
import { describe, it } from 'mocha';
import type { AgentStatus, ControllerStatus, DeniedFlow, NodeStatus } from '../../../plugin/api/types.ts';
import type { GetApi } from '../../../plugin/cli/api-client.ts';
import type { AgentHealth } from '../../../plugin/protocol.ts';
import { systemClock } from '../../../plugin/process/clock.ts';
import { cli } from './fake-io.ts';

const NOW = 1_700_000_000_000;
const clock = { ...systemClock, now: () => NOW };

const HEALTH: AgentHealth = {
  revision: 7,
  mode: 'enforcing',
  programs: [
    { name: 'DOCKER-USER', state: 'applied', entries: 3, denied: 2, wouldDeny: 0 },
    { name: 'shop_sw-api-web', network: 'n1', state: 'applied', entries: 9, denied: 5, wouldDeny: 1 },
  ],
  driftRepaired: 0,
  encrypted: [],
  encryption: 'available',
  startedAt: NOW - 3_600_000,
};

const NODE: NodeStatus = {
  id: 'a',
  hostname: 'node1',
  role: 'manager',
  address: '10.0.0.1',
  state: 'connected',
  subscribed: true,
  revision: 7,
  current: 7,
  health: HEALTH,
  encryption: 'available',
  authz: 'none',
};

const CLUSTER: ControllerStatus = {
  role: 'controller',
  version: '0.1.0',
  hostname: 'node1',
  state: 'serving',
  revision: 7,
  nodes: [NODE],
  annotatedNetworks: [],
  clusterPolicies: {
    policies: 0,
    groups: 0,
    settings: DEFAULT_SETTINGS,
    authz: { revision: 'none', documents: 0 },
    versions: {},
    problems: [],
  },
};

/** Answers of the sockets by `role path`. */
function serving(answers: Readonly<Record<string, unknown>>): GetApi {
  return <T>(role: string, path: string) => Promise.resolve(answers[`${role} ${path}`] as T | undefined);
}

function status(cluster: Partial<ControllerStatus>, ...argv: string[]) {
  const getApi = serving({ 'controller /v1/status': { ...CLUSTER, ...cluster } });
  return cli(['status', ...argv], { world: { clock, getApi } });
}

const MISSING: NodeStatus = {
  ...NODE,
  id: 'b',
  hostname: 'node2',
  role: 'worker',
  state: 'missing',
  encryption: 'unknown',
};
delete (MISSING as { health?: unknown }).health;

describe('swarmwall status', () => {
  it('shows each node, and ends with 0 when all is well', async () => {
    const ran = await status({});
    assert.equal(ran.exitCode, 0);
    assert.match(
      ran.stdout,
      /^NODE +ROLE +STATE +REVISION +PROGRAMS +DENIED +WOULD-DENY +DRIFT +ENCRYPTION +LAST ERROR$/mu,
    );
    assert.match(ran.stdout, /^node1 +manager +ok +7 +2 +7 +1 +0 +available +-$/mu);
    assert.match(ran.stdout, /all 1 nodes? as/u);
  });

  it('ends with 1 when a node has no agent, is behind, degraded or failed', async () => {
    const degraded = { ...NODE, health: { ...HEALTH, mode: 'degraded' as const } };
    const failed = {
      ...NODE,
      health: { ...HEALTH, programs: [{ ...HEALTH.programs[0]!, state: 'failed' as const }] },
    };
    const cases = [
      [MISSING, 'no agent'],
      [{ ...NODE, current: 9 }, 'behind'],
      [degraded, 'degraded'],
      [failed, 'failed'],
    ] as const;
    for (const [node, word] of cases) {
      const ran = await status({ nodes: [NODE, node] });
      assert.equal(ran.exitCode, 1, word);
      assert.match(ran.stdout, new RegExp(`^${node.hostname} +\\w+ +${word} `, 'mu'));
    }
    assert.equal((await status({ state: 'waiting', reason: 'Docker', nodes: [] })).exitCode, 1);
  });

  it('says since when an agent is missing, and what that means for VIPs', async () => {
    const missing = (trustedBalancers: number) => ({
      nodes: [NODE, { ...MISSING, missing: { since: NOW - 120_000, trustedBalancers } }],
    });
    assert.match(
      (await status(missing(2))).stdout,
      /^node2: no agent \(2m ago\): .* its load balancers on 2 networks are trusted \(nodes: permissive\)/mu,
    );
    assert.match((await status(missing(0))).stdout, /^node2: .* its load balancers are refused/mu);
  });

  it('does not take a node that another manager serves, or that is down, for ill', async () => {
    const elsewhere = await status({ nodes: [{ ...NODE, subscribed: false, revision: 31, current: 0 }] });
    assert.equal(elsewhere.exitCode, 0);
    assert.match(elsewhere.stdout, /other manager/u);
    assert.equal((await status({ nodes: [{ ...MISSING, state: 'down' }] })).exitCode, 0);
  });

  it('tells of drift, of the last error, and of kernels that cannot encrypt', async () => {
    const health: AgentHealth = {
      ...HEALTH,
      driftRepaired: 3,
      lastDrift: { at: NOW - 120_000, what: 'DOCKER-USER' },
      lastError: { at: NOW - 5_000, code: 'kernel-refused', message: 'nft: no' },
      encryption: 'unavailable',
    };
    const ran = await status({ nodes: [{ ...NODE, health, encryption: 'unavailable' }] });
    assert.match(ran.stdout, / 3 \(2m ago\) +unavailable +5s ago kernel-refused: nft: no$/mu);
    assert.match(ran.stdout, /node1: its kernel cannot encrypt: an encrypted segment will carry nothing/u);
  });

  it('gives JSON', async () => {
    const ran = await status({ nodes: [NODE, MISSING] }, '--json');
    const found = ran.json<ControllerStatus & { healthy: boolean }>();
    assert.deepEqual([ran.exitCode, found.healthy, found.nodes.length], [1, false, 2]);
  });

  it('shows this node where only an agent runs', async () => {
    const agent: AgentStatus = {
      role: 'agent',
      version: '0.1.0',
      hostname: 'node2',
      swarm: 'active',
      controllers: [{ address: '10.0.0.1:7948', state: 'connected', subscribed: true }],
      health: HEALTH,
    };
    const world = { clock, getApi: serving({ 'agent /v1/status': agent }) };
    const ran = await cli(['status'], { world });
    assert.equal(ran.exitCode, 0);
    assert.match(ran.stdout, /^agent +enforcing, revision 7, up since 1h ago$/mu);
    assert.match(ran.stdout, /^controller +10\.0\.0\.1:7948 connected, takes policy from it$/mu);
    assert.match(ran.stdout, /^shop_sw-api-web +applied +9 +5 +1$/mu);
    const alone = { clock, getApi: serving({ 'agent /v1/status': { ...agent, controllers: [] } }) };
    assert.equal((await cli(['status'], { world: alone })).exitCode, 1);
  });

  it('needs no controller outside a Swarm, and tells of the containers that it guards', async () => {
    const agent: AgentStatus = {
      ...{
        role: 'agent',
        version: '0.1.0',
        hostname: 'node2',
        swarm: 'inactive',
        controllers: [],
        health: HEALTH,
      },
      containers: {
        projects: ['shop'],
        networks: ['shop_default'],
        problems: [{ service: 'shop/db', code: 'label-of-image', message: 'does not count' }],
      },
    };
    const ran = await cli(['status'], { world: { clock, getApi: serving({ 'agent /v1/status': agent }) } });
    assert.equal(ran.exitCode, 0);
    assert.match(ran.stdout, /^containers +of shop, on 1 guarded bridge network$/mu);
    assert.match(ran.stdout, /^shop\/db: label-of-image: does not count$/mu);
    assert.doesNotMatch(ran.stdout, /no controller/u);
  });

  it('says what to start where nothing runs', async () => {
    const ran = await cli(['status']);
    assert.deepEqual([ran.exitCode, ran.stdout], [2, '']);
    assert.match(
      ran.stderr,
      /^error: neither an agent nor a controller runs on this node\nhint: .*swarmwall agent/u,
    );
  });
});

describe('swarmwall denied', () => {
  const flow = (at: number, from: string): DeniedFlow => ({
    at,
    verdict: 'denied',
    network: 'shop_default',
    from,
    fromAddress: '10.0.1.9',
    to: 'shop/db',
    toAddress: '10.0.1.5',
    protocol: 'tcp',
    port: 5432,
    packets: 4,
  });
  const denied = [
    flow(NOW - 7_200_000, 'shop/old'),
    flow(NOW - 60_000, 'shop/web'),
    flow(NOW - 2_000, '10.0.1.9'),
  ];
  const world = { clock, getApi: serving({ 'agent /v1/denied': { denied } }) };

  it('shows the newest first, and how to ask why', async () => {
    const ran = await cli(['denied'], { world });
    assert.equal(ran.exitCode, 0);
    const [head, ...rows] = ran.stdout.split('\n');
    assert.match(head ?? '', /^WHEN +VERDICT +FROM +TO +PORT +PACKETS +NETWORK$/u);
    assert.match(
      rows[0] ?? '',
      /^2s ago +denied +10\.0\.1\.9 +shop\/db \(10\.0\.1\.5\) +5432\/tcp +4 +shop_default$/u,
    );
    assert.match(rows[1] ?? '', /^1m ago +denied +shop\/web \(10\.0\.1\.9\)/u);
    assert.match(ran.stdout, /why: swarmwall can shop\/web shop\/db:5432\/tcp\n$/u);
  });

  it('keeps to --since and --limit, in JSON too', async () => {
    const since = await cli(['denied', '--since', '15m', '--json'], { world });
    assert.deepEqual(
      since.json<DeniedFlow[]>().map(({ from }) => from),
      ['10.0.1.9', 'shop/web'],
    );
    const limited = await cli(['denied', '--limit', '1', '--json'], { world });
    assert.equal(limited.json<DeniedFlow[]>().length, 1);
    for (const argv of [
      ['--since', 'yesterday'],
      ['--limit', '0'],
    ])
      assert.equal((await cli(['denied', ...argv], { world })).exitCode, 2);
  });

  it('says so when there is nothing, and when no agent runs', async () => {
    const none = await cli(['denied', '--since', '1s'], { world });
    assert.deepEqual([none.exitCode, none.stdout], [0, 'nothing was denied on this node\n']);
    assert.match((await cli(['denied'])).stderr, /^error: no agent runs on this node/u);
  });
});

describe('swarmwall can, live', () => {
  it('asks the controller on this node', async () => {
    const model = {
      revision: 1,
      stacks: [
        {
          name: 'shop',
          labels: {},
          annotated: true,
          defaults: { ingress: 'deny', egress: 'allow' },
          mode: 'enforce',
        },
      ],
      services: ['web', 'db'].map((name) => ({
        key: `shop/${name}`,
        stack: 'shop',
        name,
        labels: {},
        ports: [],
        policies: [],
      })),
      networks: [],
      nodes: [],
      problems: [],
    };
    const world = { getApi: serving({ 'controller /v1/model': model, 'controller /v1/status': CLUSTER }) };
    const ran = await cli(['can', 'web', 'db:5432'], { world });
    assert.equal(ran.exitCode, 1);
    assert.match(ran.stdout, /^denied {2}shop\/web → shop\/db:5432\/tcp\n/u);
    assert.equal((await cli(['can', 'wbe', 'db'], { world })).exitCode, 2);
    assert.equal((await cli(['can', '--stack', 'shop', 'web', 'db'], { world })).exitCode, 2);
  });

  it('tells of cluster policies, and of stored ones that are wrong', async () => {
    const problems = [
      {
        config: 'swarmwall-policy.a.v2',
        code: 'broken-policy',
        message: 'it is empty; version 1 stays in force',
      },
    ] as const;
    const ran = await status({
      clusterPolicies: {
        policies: 1,
        groups: 2,
        settings: { nodes: 'strict', encryption: 'verify' },
        authz: { revision: 'none', documents: 0 },
        versions: { a: 1 },
        problems,
      },
    });
    assert.match(
      ran.stdout,
      /1 cluster policy and 2 groups in force\nsettings: nodes strict, encryption verify\nwarning: swarmwall-policy\.a\.v2 broken-policy it is empty; version 1 stays/u,
    );
    assert.doesNotMatch((await status({})).stdout, /cluster polic|settings/u);
  });
});
