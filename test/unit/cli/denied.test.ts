import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { DeniedFlow } from '../../../plugin/api/types.ts';
import { cli } from './fake-io.ts';
import { clock, NOW, serving } from './status-answers.ts';

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
