import assert from 'node:assert/strict';
import type { StagedReport, StagedStatus } from '../../plugin/api/staged-types.ts';
import type { FlowRecord } from '../../rules/flows/flow-record.ts';
import { eventually } from '../lab/eventually.ts';
import { guardedSwarm } from './guarded-swarm.ts';
import { allows, denies } from './observe.ts';
import { stackText } from './stack-text.ts';

const stackWith = (ingress: string): string =>
  stackText({
    web: {},
    job: {},
    db: { listens: ['tcp/5432'], labels: { 'swarmwall.ingress': ingress } },
  });
const FILE = '/root/next.yaml';

describe('a policy staged beside the one in force', () => {
  const swarm = guardedSwarm({ stacks: { staging: stackWith('web:5432') } });
  const db = () => ({ to: swarm.task('staging_db', swarm.two), network: 'staging_net', port: 5432 });
  const web = () => swarm.task('staging_web', swarm.one);
  const job = () => swarm.task('staging_job', swarm.one);
  const swarmwall = (...argv: readonly string[]) =>
    swarm.lab.manager.run('swarmwall', argv, { reject: false, timeout: 120_000 });

  async function stage(ingress: string, ...options: readonly string[]): Promise<number> {
    swarm.lab.manager.writeFile(FILE, stackWith(ingress));
    const ran = await swarmwall(
      'policy',
      'stage',
      '-c',
      FILE,
      '--stack',
      'staging',
      '--timeout',
      '60s',
      ...options,
    );
    assert.ok(ran.exitCode !== 2, ran.stderr);
    return ran.exitCode;
  }

  async function staged(): Promise<readonly StagedReport[]> {
    const { stdout } = await swarmwall('policy', 'staged', '--json');
    return (JSON.parse(stdout) as StagedStatus).staged;
  }

  it('says which flow it would break, and cuts none', async () => {
    const since = new Date().toISOString().replace(/\.\d+Z$/u, 'Z');
    await allows(web(), db());
    await stage('job:5432');
    await eventually(async () => {
      const [report] = await staged();
      const broken = report?.breaks.map(({ from, to, port, verdict, staged: then, reason }) =>
        [`${from} → ${to}:${String(port)}`, verdict, then, reason?.text, reason?.file].join(', '),
      );
      const why = `no ingress rule of staging/db allows staging/web, ${FILE}`;
      assert.deepEqual(broken, [`staging/web → staging/db:5432, allowed, denied, ${why}`]);
    }, 60_000);
    await allows(web(), db());
    await denies(job(), db());
    await eventually(async () => {
      const argv = ['observe', '--json', '--since', since, '--from', 'staging/web', '--to', 'staging/db'];
      const flows = JSON.parse((await swarmwall(...argv)).stdout) as FlowRecord[];
      const verdicts = flows.map(({ verdict, staged: then }) => `${verdict}, staged ${String(then)}`);
      assert.ok(verdicts.includes('allowed, staged denied'), verdicts.join('; '));
    }, 60_000);
    const refused = await swarmwall('policy', 'promote');
    assert.equal(refused.exitCode, 2);
    assert.match(refused.stderr, /stack staging would break a flow that passes now; nothing was changed/u);
    await allows(web(), db());
    // Another controller knows it by the nodes' logs.
    await swarm.agents.stopController();
    await swarm.agents.startController();
    await eventually(async () => {
      const [report] = await staged();
      assert.deepEqual(report?.gaps, []);
      assert.deepEqual(
        report.breaks.map(({ from, to }) => `${from} → ${to}`),
        ['staging/web → staging/db'],
      );
    }, 60_000);
    await swarm.agents.settled();
  });

  it('is promoted by itself once nothing was seen that it would break', async () => {
    assert.equal(await stage('web:5432 job:5432', '--promote-after', '3s'), 0);
    await eventually(async () => {
      assert.deepEqual(await staged(), []);
    }, 150_000);
    await swarm.agents.settled();
    await allows(job(), db());
    await allows(web(), db());
  });
});
