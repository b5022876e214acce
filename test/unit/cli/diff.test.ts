import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ConnectivityDiff } from '../../../rules/connectivity-diff.ts';
import { cli, SHOP } from './fake-io.ts';
import { inTree, POD, POLICY } from './manifest-files.ts';

const PODS = [POD('x', 'a'), POD('x', 'b')].join('\n---\n');
const INGRESS = (ports?: object[]): string =>
  POLICY('x', 'p', {
    podSelector: { matchLabels: { pod: 'b' } },
    ingress: [{ from: [{ podSelector: {} }], ...(ports && { ports }) }],
  });
const UNNAMED = SHOP.replace(/^name: shop\n/u, '');

describe('swarmwall diff', () => {
  it('says that nothing changes, however it is written', () =>
    inTree(
      { 'a/compose.yaml': UNNAMED, 'b/compose.yaml': UNNAMED.replace('api:3000,3001', 'api:3000-3001') },
      async (cwd) => {
        for (const sides of [
          ['a', 'b'],
          ['a/compose.yaml', 'b'],
          ['--stack', 'shop', 'a', 'b'],
        ]) {
          const ran = await cli(['diff', ...sides], { cwd });
          assert.deepEqual([ran.exitCode, ran.stdout], [0, 'no change of reachability\n'], sides.join(' '));
        }
      },
    ));

  it('shows the pairs and ports that change, under one name', () =>
    inTree(
      { 'a/compose.yaml': SHOP, 'b/compose.yaml': UNNAMED.replace('api:5432', 'web:5432') },
      async (cwd) => {
        const ran = await cli(['diff', 'a', 'b'], { cwd });
        assert.equal(ran.exitCode, 1);
        assert.match(ran.stdout, /^- {2}shop\/api +shop\/db +5432\/tcp$/mu);
        const json = (await cli(['diff', '--json', 'b', 'a'], { cwd })).json<ConnectivityDiff>();
        assert.deepEqual(json.added, [
          { from: 'shop/api', to: 'shop/db', ports: [{ protocol: 'tcp', port: 5432 }] },
        ]);
      },
    ));

  it('shows of a port set what is added and what is removed, everything less some ports too', () =>
    inTree(
      {
        'pods.yaml': PODS,
        'all/a.yaml': PODS,
        'all/p.yaml': INGRESS(),
        'some/a.yaml': PODS,
        'some/p.yaml': INGRESS([{ port: 80, endPort: 90 }, { port: 443 }]),
        'other/a.yaml': PODS,
        'other/p.yaml': INGRESS([{ port: 85, endPort: 443 }, { protocol: 'SCTP' }]),
      },
      async (cwd) => {
        const lines = async (a: string, b: string): Promise<readonly string[]> =>
          (await cli(['diff', '--k8s', a, b], { cwd })).stdout
            .split('\n')
            .filter((line) => /^[+-] /u.test(line) && line.includes('x/a'))
            .map((line) => line.replace(/ +/gu, ' '));
        assert.deepEqual(await lines('some', 'other'), [
          '+ x/a x/b 91-442/tcp all sctp',
          '- x/a x/b 80-84/tcp',
        ]);
        assert.deepEqual(await lines('all', 'some'), [
          '- x/a x/b 1-79/tcp 91-442/tcp 444-65535/tcp all udp all sctp icmp',
        ]);
        assert.deepEqual(await lines('all', 'all'), []);
      },
    ));

  it('prints Markdown for a pull request', () =>
    inTree(
      {
        'a.yaml': PODS,
        'b.json': JSON.stringify({
          apiVersion: 'v1',
          kind: 'List',
          items: [JSON.parse(POD('x', 'a')), JSON.parse(POD('x', 'b')), JSON.parse(INGRESS([]))],
        }),
      },
      async (cwd) => {
        const ran = await cli(['diff', '--k8s', '--format', 'md', 'a.yaml', 'b.json'], { cwd });
        assert.equal(
          ran.stdout,
          '**Reachability: 0 added, 1 removed**\n\n| | from | to | ports |\n|---|---|---|---|\n| removed | world | x/b | all |\n',
        );
      },
    ));

  it('cannot say where a side is mistaken or missing', () =>
    inTree({ 'a.yaml': PODS, 'bad.yaml': 'a: [', 'empty/x.txt': '' }, async (cwd) => {
      for (const argv of [
        ['--k8s', 'a.yaml', 'bad.yaml'],
        ['--k8s', 'a.yaml', 'none.yaml'],
        ['--k8s', '-', '-'],
        ['--k8s', '--stack', 's', 'a.yaml', 'a.yaml'],
        ['--k8s', '--json', '--format', 'md', 'a.yaml', 'a.yaml'],
        ['empty', 'empty'],
        ['a.yaml'],
      ])
        assert.equal((await cli(['diff', ...argv], { cwd })).exitCode, 2, argv.join(' '));
    }));
});
