import assert from 'node:assert/strict';
import { createEdgeNamer } from '../../../../../plugin/agent/flows/name-edge.ts';
import { createNodePlaces } from '../../../../../plugin/agent/flows/node-places.ts';
import type { SeenFlow } from '../../../../../plugin/agent/flows/reader-line.ts';
import { EDGE, type Watchable, watchedTables } from '../../../../../plugin/agent/flows/watched-tables.ts';
import type { LocalFacts } from '../../../../../plugin/agent/local-facts.ts';
import type { DockerUserInput } from '../../../../../rules/docker-user/docker-user.ts';
import { edge, edge6, shop } from './node-scene.ts';

const gateway = {
  addresses: new Map([['c1', '172.18.0.5']]),
  addresses6: new Map([['c1', 'fd18::5']]),
};
const facts = { gateway, claims: new Map([['c1', 't1']]) } as unknown as LocalFacts;

describe('who the ends are of what is judged by IPv6 beyond the overlays', () => {
  function named(
    held: DockerUserInput | undefined,
    [verdict, way, source, destination, port]: readonly [
      ...[SeenFlow['verdict'], SeenFlow['way'], string, string, number],
    ],
  ): string {
    const sources = {
      ...{ edge: () => held, edge6: () => edge6, facts: () => facts },
      bridges: { facts: shop, endpoints: new Map<string, string>() },
      policy: { tasks: new Map([['t1', 'voting/web']]) },
    };
    const nameEdge = createEdgeNamer(sources, createNodePlaces(sources));
    const flow = nameEdge({ ...{ verdict, way, source, destination, port }, protocol: 6 });
    const [from, to] = [flow.source, flow.destination].map((end) =>
      [end.kind, end.service ?? end.address, end.task].filter(Boolean).join(' '),
    );
    assert.equal(flow.network, 'docker_gwbridge');
    return `${from} → ${to}:${String(flow.port ?? port)} ${flow.direction} ${flow.mode}`;
  }

  it('is who it is by IPv4, at the port of the task', () => {
    const world = 'world 2001:db8::7';
    const rows = [
      [
        ['denied', 'comes', '2001:db8::7', '2001:db8::1', 9090],
        `${world} → service voting/web:90 ingress enforce`,
      ],
      [
        ['would-deny', 'comes', '2001:db8::7', '2001:db8::1', 9090],
        `${world} → service voting/web:90 ingress audit`,
      ],
      [
        ['denied', 'stays', '2001:db8::7', 'fd18::5', 90],
        `${world} → service voting/web t1:90 ingress enforce`,
      ],
      [
        ['denied', 'stays', 'fd18::5', '2001:db8::7', 443],
        `service voting/web t1 → ${world}:443 egress audit`,
      ],
      [['denied', 'comes', 'fd18::5', 'fd18::1', 22], 'service voting/web t1 → node fd18::1:22 egress audit'],
      [
        ['denied', 'stays', 'fd18::5', 'fd18::9', 22],
        'service voting/web t1 → unknown fd18::9:22 egress audit',
      ],
    ] as const;
    for (const [flow, expected] of rows) assert.equal(named(edge, flow), expected);
  });

  it('is known where the engine has no DOCKER-USER, too', () => {
    const flow = ['denied', 'comes', '2001:db8::7', '2001:db8::1', 9090] as const;
    assert.equal(named(undefined, flow), 'world 2001:db8::7 → service voting/web:90 ingress enforce');
  });

  it('is looked for as soon as one of the two programs is there', () => {
    const ids = (held?: object, held6?: object) =>
      watchedTables({
        ...{ bridges: { health: () => [] }, hostFirewall: { health: () => [] } },
        ...{ dockerUser: { held }, ipv6Edge: { held: held6 } },
      } as unknown as Watchable).map(({ id, place }) => [id, place]);
    assert.deepEqual(ids(), []);
    for (const found of [ids(edge), ids(undefined, edge6), ids(edge, edge6)])
      assert.deepEqual(found, [[EDGE, 'edge']]);
  });
});
