import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { AgentStatus, ControllerStatus, NodeStatus } from '../../../plugin/api/types.ts';
import type { AgentHealth } from '../../../plugin/protocol.ts';
import { cli } from './fake-io.ts';
import { clock, HEALTH, NODE, NOW, serving, status } from './status-answers.ts';

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
      [{ ...NODE, revision: 0, current: 0 }, 'behind'],
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

  it('names the running task that a node has no rules for yet', async () => {
    const unheld = [{ service: 'shop/api', network: 'shop_net', address: '10.0.1.5' }];
    const ran = await status({ nodes: [{ ...NODE, unheld }] });
    assert.equal(ran.exitCode, 1);
    assert.match(ran.stdout, /^node1 +manager +behind +7 /mu);
    assert.match(ran.stdout, /^node1 has no rules yet for shop\/api at 10\.0\.1\.5 on shop_net$/mu);
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

  it('tells of a node whose flows nobody records, which is guarded all the same', async () => {
    const health: AgentHealth = { ...HEALTH, noFlows: 'it speaks protocol 2' };
    const ran = await status({ nodes: [{ ...NODE, health }] });
    assert.equal(ran.exitCode, 0);
    assert.match(
      ran.stdout,
      /^node1: no flow of this node is recorded.*: it speaks protocol 2; install agent/mu,
    );
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
