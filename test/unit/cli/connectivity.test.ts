import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Connection } from '../../../rules/connectivity.ts';
import type { ProbeAnswer } from '../../../rules/probe.ts';
import type { DecidingPolicy } from '../../../rules/probe-policies.ts';
import { cli, MONITORING, SHOP } from './fake-io.ts';
import { inTree, POD, POLICY } from './manifest-files.ts';

interface Printed {
  readonly places: readonly string[];
  readonly connections: readonly Connection[];
  readonly skipped: readonly unknown[];
}

const MANIFESTS = {
  'm/pods.yaml': [POD('x', 'a', '10.0.0.1'), POD('x', 'b', '10.0.0.2', 8080), POD('y', 'c', '10.0.0.3')].join(
    '\n---\n',
  ),
  'm/policy.json': POLICY('x', 'to-web', {
    podSelector: { matchLabels: { pod: 'a' } },
    policyTypes: ['Egress'],
    egress: [
      { to: [{ namespaceSelector: {} }], ports: [{ port: 'web' }] },
      { to: [{ ipBlock: { cidr: '10.0.0.3/32' } }], ports: [{ port: 443 }] },
      {
        to: [{ ipBlock: { cidr: '203.0.113.0/24', except: ['203.0.113.0/28'] } }],
        ports: [{ protocol: 'UDP' }],
      },
    ],
  }),
  'm/cm.yaml': '{ apiVersion: v1, kind: ConfigMap, metadata: { name: c } }',
};

const pairs = ({ connections }: Printed, from: string): readonly string[] =>
  connections
    .filter((each) => each.from === from)
    .map(
      ({ to, ports }) => `${to} ${ports.map(({ protocol, port }) => `${port ?? '*'}/${protocol}`).join(',')}`,
    );

async function ask(cwd: string, probes: unknown, ...more: string[]) {
  return cli(['connectivity', '--k8s', 'm', '--probes', '-', '--json', ...more], {
    cwd,
    stdin: JSON.stringify(probes),
  });
}

describe('swarmwall connectivity', () => {
  it('shows manifests’ pairs with each destination’s own ports, blocks less what is smaller, and what it skips', () =>
    inTree(MANIFESTS, async (cwd) => {
      const ran = await cli(['connectivity', '--k8s', 'm', '--json'], { cwd });
      assert.equal(ran.exitCode, 0);
      const printed = ran.json<Printed>();
      assert.deepEqual(printed.places, ['x/a', 'x/b', 'y/c', 'world', '203.0.113.0/24', '203.0.113.0/28']);
      assert.deepEqual(pairs(printed, 'x/a'), ['x/b 8080/tcp', 'y/c 80/tcp,443/tcp', '203.0.113.0/24 */udp']);
      assert.deepEqual(printed.skipped, [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'c' }]);
      assert.equal(ran.stderr, 'skipped: ConfigMap (v1) c\n');
    }));

  it('keeps blocks from pods when asked to', () =>
    inTree(MANIFESTS, async (cwd) => {
      const argv = ['connectivity', '--k8s', 'm', '--json', '--ipblock-workloads', 'off'];
      assert.deepEqual(pairs((await cli(argv, { cwd })).json<Printed>(), 'x/a').slice(0, 2), [
        'x/b 8080/tcp',
        'y/c 80/tcp',
      ]);
    }));

  it('takes Compose files as can does, and several as stacks', () =>
    inTree({ 'shop.yaml': SHOP, 'monitoring.yaml': MONITORING }, async (cwd) => {
      const both = ['connectivity', '--json', 'shop.yaml', 'monitoring.yaml'];
      const printed = (await cli(both, { cwd })).json<Printed>();
      assert.deepEqual(pairs(printed, 'monitoring/prometheus').slice(0, 2), [
        'shop/api 9090/tcp',
        'world */any',
      ]);
      const withOption = [
        'connectivity',
        '--json',
        '-c',
        'shop.yaml',
        '--with',
        'monitoring=monitoring.yaml',
      ];
      assert.deepEqual((await cli(withOption, { cwd })).json(), printed);
      const table = (
        await cli(
          both.filter((word) => word !== '--json'),
          { cwd },
        )
      ).stdout;
      assert.match(table, /^shop\/web +- +3000-3001 /mu);
    }));

  it('asks the controller without files', async () => {
    const ran = await cli(['connectivity']);
    assert.deepEqual(
      [ran.exitCode, ran.stderr.split('\n')[0]],
      [2, 'error: no controller runs on this node'],
    );
    const model = { stacks: [], services: [], networks: [], nodes: [], problems: [], revision: 1 };
    const getApi = () => Promise.resolve(model as never);
    const live = await cli(['connectivity', '--json'], { world: { getApi } });
    assert.deepEqual(live.json<Printed>().places, ['world']);
  });

  it('refuses sources that do not go together', () =>
    inTree(MANIFESTS, async (cwd) => {
      for (const argv of [
        ['--k8s', 'm', '-c', 'x.yaml'],
        ['--k8s'],
        ['--stack', 's', 'a.yaml'],
        ['--with', 'a=b.yaml'],
        ['--k8s', 'm', '--external', 'x/a=1.1.1.1'],
        ['--k8s', 'm', '--external', 'world=1.1.1.1'],
        ['--k8s', 'm', '--external', 'a=b'],
        ['--k8s', 'm', '--json', '--format', 'dot'],
        ['--k8s', 'm', '--probes', 'p.json', '--format', 'csv'],
        ['--k8s', '-', '--probes', '-'],
      ]) {
        const ran = await cli(['connectivity', ...argv], { cwd });
        assert.deepEqual([ran.exitCode, ran.stdout.includes('"places"')], [2, false], argv.join(' '));
      }
    }));

  it('escapes hostile names in every format', () =>
    inTree({ 'm/a.yaml': POD('x', 'a') }, async (cwd) => {
      const name = '=a"b|`<i>\\n,@x;#\u001b[31m';
      const print = async (format: string): Promise<string> =>
        (
          await cli(['connectivity', '--k8s', 'm', '--external', `${name}=192.0.2.1`, '--format', format], {
            cwd,
          })
        ).stdout;
      assert.match(
        await print('dot'),
        /^ {2}"=a\\"b\|`<i>\\\\n,@x;#\ufffd\[31m" -> "x\/a" \[label="all"\];$/mu,
      );
      assert.match(await print('mermaid'), /^ {2}n2\["=a#34;b\|#96;#60;i#62;#92;n,@x;#35;\ufffd\[31m"\]$/mu);
      assert.match(
        await print('md'),
        /^\| =a"b\\\|\\`&#60;i&#62;\\\\n,&#64;x;\\#\ufffd\\\[31m \| x\/a \| all \|$/mu,
      );
      assert.match(await print('csv'), /^"'=a""b\|`<i>\\n,@x;#\u001b\[31m",x\/a,any,,\r$/mu);
      assert.doesNotMatch(await print('table'), /\u001b/u);
      assert.ok((JSON.parse(await print('json')) as Printed).places.includes(name));
    }));

  it('lists what no matrix can show', () =>
    inTree(
      { 'm/pods.yaml': Array.from({ length: 60 }, (_, index) => POD('x', `pod-${index}`)).join('\n---\n') },
      async (cwd) => {
        const { stdout } = await cli(['connectivity', '--k8s', 'm'], { cwd });
        // Each pod with the others and with the world, both ways, a heading and the last line break.
        assert.equal(stdout.split('\n').length, 60 * 59 + 2 * 60 + 2);
        assert.match(stdout, /^FROM {6}TO {8}PORTS\n/u);
      },
    ));
});

type PrintedAnswer = Omit<ProbeAnswer, 'policies'> & {
  readonly id?: number;
  /** Of both sides, egress first. */
  readonly policies: readonly DecidingPolicy[];
};

describe('swarmwall connectivity --probes', () => {
  const probe = (src: string, dst: string, port: number | string, protocol = 'TCP') => ({
    src,
    dst,
    protocol,
    port,
  });

  it('answers each in its place, with what decides and where', () =>
    inTree(MANIFESTS, async (cwd) => {
      const probes = [
        { ...probe('x/a', 'x/b', 'web'), id: 7 },
        probe('x/a', 'x/b', 80),
        probe('x/a', '10.0.0.3', 443),
        probe('x/a', '203.0.113.20', 53, 'udp'),
        probe('x/a', 'outside', 53, 'UDP'),
        probe('world', 'x/a', 80),
      ];
      const ran = await ask(cwd, probes, '--external', 'outside=203.0.113.1');
      assert.equal(ran.exitCode, 0);
      const answers = ran.json<PrintedAnswer[]>();
      assert.deepEqual(
        answers.map(({ allowed, egress, ingress }) => [allowed, egress, ingress]),
        [
          [true, 'allowed', 'not-isolated'],
          [false, 'denied', 'not-isolated'],
          [true, 'allowed', 'not-isolated'],
          [true, 'allowed', 'not-isolated'],
          [false, 'denied', 'not-isolated'],
          [true, 'not-isolated', 'not-isolated'],
        ],
      );
      assert.deepEqual([answers[0]?.id, answers[0]?.policies[0]?.name], [7, 'to-web']);
      assert.match(answers[0]?.policies[0]?.file ?? '', /^m\/policy\.json$/u);
    }));

  it('names every malformed probe at its line, and answers none', () =>
    inTree(
      {
        ...MANIFESTS,
        'p.json': `[\n  ${JSON.stringify(probe('x/a', 'x/bb', 80))},\n  7,\n  ${JSON.stringify(probe('x/a', 'x/b', 0, 'icmp'))},\n  ${JSON.stringify(probe('x/a', 'x/b', 80))}\n]`,
      },
      async (cwd) => {
        const ran = await cli(['connectivity', '--k8s', 'm', '--probes', 'p.json', '--json'], { cwd });
        assert.equal(ran.exitCode, 2);
        const { error } = ran.json<{
          error: { diagnostics: { line: number; column: number; message: string }[] };
        }>();
        assert.deepEqual(
          error.diagnostics.map(({ line, column, message }) => `${line}:${column} ${message}`),
          [
            '2:3 probe 0: "dst": there is no x/bb; did you mean x/b?',
            '3:3 probe 1: must be an object { src, dst, protocol, port }',
            '4:3 probe 2: "protocol" must be TCP, UDP or SCTP; "port" must be a number from 1 to 65535, or the name of a port',
          ],
        );
        for (const stdin of ['{', '{}', '']) {
          const bad = await cli(['connectivity', '--k8s', 'm', '--probes', '-'], { cwd, stdin });
          assert.deepEqual([bad.exitCode, bad.stdout], [2, '']);
          assert.match(bad.stderr, /^<stdin>:1:\d+ error invalid-probe /u);
        }
      },
    ));

  it('answers for stacks too, as a table for people', () =>
    inTree({ 'shop.yaml': SHOP }, async (cwd) => {
      const stdin = JSON.stringify([probe('shop/api', 'shop/db', 5432), probe('shop/web', 'shop/db', 5432)]);
      const ran = await cli(['connectivity', 'shop.yaml', '--probes', '-'], { cwd, stdin });
      assert.equal(ran.exitCode, 0);
      assert.match(
        ran.stdout,
        /^shop\/api +shop\/db +5432\/tcp +allowed +allowed +allowed +shop\/api\.egress \(shop\.yaml:15:\d+\), /mu,
      );
      assert.match(ran.stdout, /^shop\/web +shop\/db +5432\/tcp +denied +denied +denied /mu);
    }));
});
