import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import type { ClusterModel, MapStatus } from '../../../plugin/api/types.ts';
import { escapeHtml } from '../../../plugin/cli/report/markup.ts';
import type { Report } from '../../../rules/report/report.ts';
import { HOSTILE, hostileCluster, votingCluster } from '../../browser/map-clusters.ts';
import { cli, inFolder, type RunOptions } from './fake-io.ts';
import { fakeSwarm } from './fake-swarm.ts';
import { clock, CLUSTER, serving } from './status-answers.ts';

async function modelOf(of: typeof votingCluster): Promise<ClusterModel> {
  const { stacks, services, networks } = (await of(0)).cluster;
  return {
    ...{ stacks, services, networks },
    revision: 7,
    clusterPolicies: [],
    groups: [],
    nodes: [],
    problems: [],
  };
}

function world(model: ClusterModel): NonNullable<RunOptions['world']> {
  const logs = { auditDays: 7, auditMegabytes: 1024 };
  const getApi = serving({ 'controller /v1/model': model, 'controller /v1/status': { ...CLUSTER, logs } });
  return { clock, getApi, connectSwarm: () => Promise.resolve(fakeSwarm().swarm) };
}

describe('swarmwall report', () => {
  it('prints findings with their remedies, and ends with 1 for a high one', async () => {
    const { exitCode, stdout } = await cli(['report'], { world: world(await modelOf(votingCluster)) });
    assert.equal(exitCode, 1);
    assert.match(stdout, /^high admission-not-enforced the Docker API: /mu);
    assert.match(stdout, /^high stack-without-policy stack attacker: .*\n {2}remedy: /mu);
    assert.match(
      stdout,
      /denied by default: ingress of 8 and egress of \d of 9 services; 1 of 1 nodes enforce it\n/u,
    );
  });

  it('prints one JSON value, the same as in the page that it writes', async () => {
    await inFolder({}, async (cwd) => {
      const ran = await cli(['report', '--json', '--html', 'r.html'], {
        cwd,
        world: world(await modelOf(votingCluster)),
      });
      const report = ran.json<Report>();
      assert.equal(report.kind, 'SwarmwallReport');
      assert.deepEqual(report.logs, { auditDays: 7, auditMegabytes: 1024 });
      const html = await readFile(join(cwd, 'r.html'), 'utf8');
      for (const { code, subject } of report.findings) {
        assert.ok(html.includes(`(${code})`), code);
        assert.ok(html.includes(subject), subject);
      }
      assert.doesNotMatch(html, /<script|<link|<img|src=|https?:|url\(/u);
    });
  });

  it('shows hostile names as text', async () => {
    const model = await modelOf((now) => Promise.resolve(hostileCluster(now)));
    const { stdout: html } = await cli(['report', '--html', '-'], { world: world(model) });
    assert.doesNotMatch(html, /<img|<script|<\/svg|[\u202a-\u202e\u0007\u001b]/u);
    for (const name of HOSTILE) assert.ok(html.includes(escapeHtml(name.replaceAll('/', '_'))), name);
    const { stdout } = await cli(['report'], { world: world(model) });
    assert.doesNotMatch(stdout, /[\u202a-\u202e\u0007\u001b]/u);
  });

  it('says so where there is no controller, no access to Docker, no room for the page', async () => {
    const none = await cli(['report']);
    assert.equal(none.exitCode, 2);
    assert.match(none.stderr, /no controller runs on this node/u);
    const given = world(await modelOf(votingCluster));
    const blind = await cli(['report', '--json'], {
      world: { ...given, connectSwarm: () => Promise.reject(new Error('refused')) },
    });
    assert.equal(blind.json<Report>().admission, null);
    const full = await cli(['report', '--html', '/nowhere/r.html'], { world: given });
    assert.equal(full.exitCode, 2);
    assert.match(full.stderr, /\/nowhere\/r\.html can't be written/u);
    assert.equal((await cli(['report', '--html', '-', '--json'], { world: given })).exitCode, 2);
  });
});

describe('swarmwall map', () => {
  const map = (status: MapStatus, ...argv: string[]) =>
    cli(['map', ...argv], { world: { getApi: serving({ 'controller /v1/map': status }) } });

  it('prints the link with the token behind #', async () => {
    const status = { state: 'serving', url: 'http://127.0.0.1:7960/', token: 'abc' } as const;
    const { exitCode, stdout } = await map(status);
    assert.equal(exitCode, 0);
    assert.match(stdout, /^http:\/\/127\.0\.0\.1:7960\/login#token=abc\n.*ssh -L 7960:127\.0\.0\.1:7960 /u);
    assert.deepEqual((await map(status, '--json')).json(), status);
  });

  it('says why there is none', async () => {
    assert.match((await map({ state: 'off' })).stdout, /the map is off/u);
    const failed = await map({ state: 'failed', reason: 'port \u001b[31mtaken' });
    assert.equal(failed.exitCode, 1);
    assert.match(failed.stdout, /not served: port �\[31mtaken/u);
    assert.equal((await cli(['map'])).exitCode, 2);
  });
});
