import assert from 'node:assert/strict';
import type { DeniedFlow } from '../../plugin/api/types.ts';
import { eventually } from '../lab/eventually.ts';
import { resetLab, sharedLab } from '../lab/fixture.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import type { RunResult } from '../lab/process.ts';
import { probe } from '../lab/probe.ts';
import { waitRunning } from '../lab/tasks.ts';
import { Agents } from './agents.ts';
import { on } from './observe.ts';

const SERVICE = 'image: swarmwall/demo:1, deploy: { mode: global, endpoint_mode: dnsrr';
const SHOP = `services:
  web: { ${SERVICE}, labels: { swarmwall.ingress: none, swarmwall.egress: 'api:3000' } }, command: [tcp/80] }
  api: { ${SERVICE}, labels: { swarmwall.ingress: 'web:3000 watch/eye:9100' } }, command: [tcp/3000, tcp/9100] }
`;
const WATCH = `services:
  eye: { ${SERVICE}, labels: { swarmwall.ingress: none } }, command: [tcp/9090] }
`;

describe('swarmwall deploy, status, can and denied on a real Swarm', () => {
  let lab: Lab;
  let agents: Agents;
  let one: LabNode;
  let two: LabNode;

  const swarmwall = (argv: readonly string[], input = '', node: LabNode = one): Promise<RunResult> =>
    node.run('swarmwall', argv, { input, reject: false });
  /** This kernel has no ESP, and the nodes no registry. */
  const deploy = (stack: string, text: string, ...more: readonly string[]): Promise<RunResult> =>
    swarmwall(
      ['deploy', '-c', '-', stack, '--encrypted', 'false', '--resolve-image', 'never', ...more],
      text,
    );
  const networksOf = async (service: string): Promise<number> => {
    const format = '{{len .Spec.TaskTemplate.Networks}}';
    return Number((await one.docker(['service', 'inspect', '--format', format, service])).stdout);
  };

  before(async () => {
    lab = await sharedLab();
    [one, two] = lab.nodes as [LabNode, LabNode];
    agents = new Agents(lab);
    await agents.start();
  });
  after(async () => {
    await agents.remove();
    await resetLab(lab);
  });

  it('says what it would do, and does nothing', async () => {
    const ran = await deploy('shop', SHOP, '--dry-run');
    assert.equal(ran.exitCode, 0, ran.stderr);
    assert.match(
      ran.stdout,
      /^would create network sw-x-shop-api-watch-eye-\w+ \(plain\)\nwould deploy stack shop/u,
    );
    assert.equal((await one.docker(['service', 'ls', '--quiet'])).stdout, '');
  });

  it('refuses on a worker', async () => {
    const ran = await swarmwall(['deploy', '-c', '-', 'shop'], SHOP, two);
    assert.equal(ran.exitCode, 2);
    assert.match(ran.stderr, /^error: this node is no manager of a swarm/u);
  });

  it('deploys, and waits until every node enforces it', async () => {
    const watch = await deploy('watch', WATCH);
    assert.equal(watch.exitCode, 0, watch.stderr + watch.stdout);
    const shop = await deploy('shop', SHOP);
    assert.equal(shop.exitCode, 0, shop.stderr + shop.stdout);
    assert.match(
      shop.stdout,
      /created network sw-x-shop-api-watch-eye-[^]*deployed stack shop[^]*enforced on 2 nodes/u,
    );
    assert.match(
      shop.stderr,
      /watch\/eye has not joined sw-x-shop-api-watch-eye-\w+ yet: --attach-peers does it/u,
    );
    assert.equal(await networksOf('watch_eye'), 1);
  });

  it('joins a running peer of another stack, and nothing else of it changes', async () => {
    const spec = async (): Promise<Record<string, unknown>> => {
      const found = JSON.parse((await one.docker(['service', 'inspect', 'watch_eye'])).stdout) as {
        Spec: object;
      }[];
      const { TaskTemplate, ...rest } = found[0]!.Spec as { TaskTemplate: { Networks: unknown } };
      return { ...rest, TaskTemplate: { ...TaskTemplate, Networks: [] } };
    };
    const before = await spec();
    const ran = await deploy('shop', SHOP, '--attach-peers');
    assert.equal(ran.exitCode, 0, ran.stderr + ran.stdout);
    assert.match(ran.stdout, /joined watch\/eye to sw-x-shop-api-watch-eye-/u);
    assert.equal(await networksOf('watch_eye'), 2);
    assert.deepEqual(await spec(), before);
    // The old tasks are going; those that replace them have both networks.
    await eventually(async () => {
      const tasks = await waitRunning(lab, ['watch_eye', 'shop_api']);
      const shared = Object.keys(on(tasks, 'watch_eye', one).addresses).find((name) =>
        name.startsWith('sw-x-'),
      );
      assert.ok(shared !== undefined);
      const target = on(tasks, 'shop_api', two).addresses[shared]!;
      const from = on(tasks, 'watch_eye', one).prober;
      const ask = (port: number) => probe(from, { protocol: 'tcp', address: target, port }, 1);
      assert.equal((await ask(9100)).observed, 'allowed');
      assert.equal((await ask(3000)).observed, 'denied');
    }, 60_000);
  });

  it('tells of it: can, status, denied', async () => {
    const allowed = await swarmwall(['can', 'watch/eye', 'shop/api:9100']);
    assert.equal(allowed.exitCode, 0, allowed.stderr);
    const denied = await swarmwall(['can', 'watch/eye', 'shop/api:3000']);
    assert.equal(denied.exitCode, 1, denied.stderr);
    assert.match(denied.stdout, /ingress: no rule of api\.ingress \(<stdin>:3:\d+\) allows it/u);
    await eventually(async () => {
      const status = await swarmwall(['status']);
      assert.equal(status.exitCode, 0, status.stdout);
      assert.match(status.stdout, /all 2 nodes as they should be/u);
    }, 60_000);
    await eventually(async () => {
      const { stdout } = await swarmwall(['denied', '--json']);
      const flows = JSON.parse(stdout) as DeniedFlow[];
      assert.ok(
        flows.some(({ from, to, port }) => from === 'watch/eye' && to === 'shop/api' && port === 3000),
        stdout,
      );
    }, 60_000);
  });

  it('refuses networks whose options cannot be changed in place', async () => {
    const ran = await swarmwall(
      ['deploy', '-c', '-', 'shop', '--encrypted', 'true', '--resolve-image', 'never'],
      SHOP,
    );
    assert.equal(ran.exitCode, 2);
    assert.match(ran.stderr, /^error: network \S+ is not encrypted, and should be encrypted/mu);
  });

  it('warns that this kernel cannot encrypt', async () => {
    const ran = await swarmwall(
      ['deploy', '-c', '-', 'vault', '--dry-run'],
      SHOP.replace('watch/eye:9100', ''),
    );
    assert.match(
      ran.stderr,
      /warning: the kernel of \S+ cannot encrypt: an encrypted segment will carry nothing/u,
    );
  });
});
