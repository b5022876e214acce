import assert from 'node:assert/strict';
import {
  gatherBridges,
  NO_BRIDGES,
  type BridgeFacts,
} from '../../../../plugin/agent/bridges/bridge-facts.ts';
import { createBridgePolicy } from '../../../../plugin/agent/bridges/bridge-policy.ts';
import { withBridges } from '../../../../plugin/agent/bridges/with-bridges.ts';
import { toContainerRecord, type ContainerRecord } from '../../../../plugin/docker/container-mapper.ts';
import type { Engine } from '../../../../plugin/docker/engine.ts';
import type { RawContainer, RawNetwork } from '../../../../plugin/docker/engine-data.ts';
import type { DockerUserInput } from '../../../../rules/docker-user/docker-user.ts';

const PROJECT = 'com.docker.compose.project';
const SERVICE = 'com.docker.compose.service';

interface Made {
  readonly labels?: Readonly<Record<string, string>>;
  readonly published?: ContainerRecord['published'];
  readonly created?: number;
  readonly id?: string;
}

const container = (project: string, service: string, made: Made = {}): ContainerRecord => ({
  id: made.id ?? `${project}-${service}`,
  stack: project,
  service,
  labels: made.labels ?? {},
  ignored: [],
  created: made.created ?? 1,
  networks: ['net'],
  published: made.published ?? [],
});

/** Each container with an address on one bridge, from .2 on. */
const onOneBridge = (...containers: readonly ContainerRecord[]): BridgeFacts => ({
  ...NO_BRIDGES,
  containers,
  subnets: ['172.20.0.0/16', '172.21.0.0/16'],
  bridges: [
    {
      network: { id: 'n', name: 'net', subnets: ['172.20.0.0/16'], encrypted: false, ingress: false },
      device: 'br-n',
      endpoints: containers.map(({ id }, index) => ({
        container: id,
        address: `172.20.0.${String(index + 2)}`,
      })),
      members: [],
      ports: [],
    },
  ],
});

const policyOf = (facts: BridgeFacts) => {
  const policy = createBridgePolicy();
  policy.update(facts);
  return policy;
};

const WEB = container('shop', 'web', { labels: { 'swarmwall.ingress': 'world:80' } });
const DB = container('shop', 'db', {
  labels: { 'swarmwall.ingress': 'web:5432', 'swarmwall.egress': 'none' },
});

describe('who a container is', () => {
  const record = (raw: Partial<RawContainer>, image = {}) => toContainerRecord({ Id: 'c', ...raw }, image);

  it('is what Compose says of it, else its own name', () => {
    const composed = record({ Names: ['/shop-web-1'], Labels: { [PROJECT]: 'shop', [SERVICE]: 'web' } });
    assert.deepEqual([composed?.stack, composed?.service], ['shop', 'web']);
    const plain = record({ Names: ['/odd'], Labels: { [PROJECT]: 'shop' } });
    assert.deepEqual([plain?.stack, plain?.service], ['odd', 'odd']);
    const slashed = record({ Names: ['/odd'], Labels: { [PROJECT]: 'shop/web', [SERVICE]: 'x' } });
    assert.deepEqual([slashed?.stack, slashed?.service], ['odd', 'odd']);
  });

  it("is never one of Swarm's", () => {
    assert.equal(
      record({ Labels: { 'com.docker.swarm.task.id': 't', [PROJECT]: 'a', [SERVICE]: 'b' } }),
      undefined,
    );
  });

  it('is not for its image to say', () => {
    const image = {
      [PROJECT]: 'shop',
      [SERVICE]: 'web',
      tier: 'db',
      'swarmwall.ingress': 'any',
      kept: 'old',
    };
    const found = record({ Names: ['/odd'], Labels: { ...image, kept: 'new' } }, image);
    assert.deepEqual([found?.stack, found?.service, found?.labels], ['odd', 'odd', { kept: 'new' }]);
    assert.deepEqual(found?.ignored, ['swarmwall.ingress']);
  });

  it('has each published port once, whatever addresses it is published at', () => {
    const at = (IP: string, PublicPort: number) => ({ IP, PublicPort, PrivatePort: 80, Type: 'tcp' });
    const found = record({
      Ports: [at('0.0.0.0', 8080), at('::', 8080), at('127.0.0.1', 9090), { PrivatePort: 81, Type: 'tcp' }],
    });
    assert.deepEqual(
      found?.published.map(({ published, loopback }) => [published, loopback]),
      [
        [8080, false],
        [9090, true],
      ],
    );
  });
});

describe("the policy of a node's own networks", () => {
  it("is that of Swarm's services: the pair decides", () => {
    const { network, endpoints } = policyOf(onOneBridge(WEB, DB, container('wiki', 'app')));
    assert.deepEqual([...endpoints.values()], ['shop/web', 'shop/db', 'wiki/app']);
    assert.deepEqual(network.services, {
      'shop/web': { ingress: 'isolated', egress: 'open' },
      'shop/db': { ingress: 'isolated', egress: 'isolated' },
      'wiki/app': { ingress: 'open', egress: 'open' },
    });
    assert.deepEqual(Object.keys(network.allows), ['shop/web>shop/db/tcp:5432']);
  });

  it('leaves those that are there alone while no annotated container runs', () => {
    const facts = onOneBridge(container('wiki', 'app'));
    const { network } = policyOf({ ...facts, containers: [...facts.containers, DB] });
    assert.deepEqual(network.services, { 'wiki/app': { ingress: 'open', egress: 'open' } });
    assert.equal(Object.keys(network.endpoints).length, 1);
  });

  it('goes by the labels of the newest of several containers', () => {
    const old = container('shop', 'db', { id: 'old', created: 1, labels: { 'swarmwall.ingress': 'any' } });
    const now = container('shop', 'db', { id: 'new', created: 2, labels: { 'swarmwall.ingress': 'none' } });
    for (const both of [
      [old, now],
      [now, old],
    ])
      assert.deepEqual(policyOf(onOneBridge(WEB, ...both)).network.allows, {});
  });

  it('follows what comes and goes', () => {
    const policy = createBridgePolicy();
    policy.update(onOneBridge(WEB, DB));
    policy.update(onOneBridge(WEB, container('shop', 'db', { labels: { 'swarmwall.ingress': 'none' } })));
    assert.deepEqual(policy.network.allows, {});
    policy.update(NO_BRIDGES);
    assert.deepEqual([policy.network.endpoints, policy.edges.size], [{}, 0]);
  });

  it('asks the pair who may pass through docker-proxy, and the world whether IPv6 may', () => {
    const port = (published: number, target: number, loopback = false) => ({
      ...{ protocol: 'tcp' as const, mode: 'host' as const },
      ...{ published, target, loopback },
    });
    const web = container('shop', 'web', { labels: WEB.labels, published: [port(8080, 80)] });
    const db = container('shop', 'db', {
      labels: DB.labels,
      published: [port(5432, 5432), port(1, 5432, true)],
    });
    const app = container('wiki', 'app', { published: [port(81, 81)] });
    const facts = { ...onOneBridge(web, db, app), swarmPorts: [port(82, 82)] };
    assert.deepEqual(
      policyOf(facts).published.map(({ port: number, from, anyone, world }) => [number, from, anyone, world]),
      [
        [5432, ['172.20.0.2'], false, 'denied'],
        [8080, [], false, 'allowed'],
        [81, ['172.20.0.2', '172.20.0.4'], true, 'allowed'],
        [82, ['172.20.0.2', '172.20.0.4'], true, 'allowed'],
      ],
    );
  });

  it('cannot be mistaken for that of a service of the same name in Swarm', () => {
    const input: DockerUserInput = {
      tasks: [],
      edges: {},
      gatewaySubnets: ['172.18.0.0/16'],
      nodeAddresses: [],
    };
    const joined = withBridges(input, policyOf(onOneBridge(WEB, DB)));
    for (const key of [...Object.keys(joined.edges), ...joined.tasks.map(({ service }) => service)])
      assert.match(key, /^container shop\//);
    assert.deepEqual(joined.bridges, ['br-n']);
    assert.ok(joined.gatewaySubnets.includes('172.21.0.0/16'), 'other bridges are not the world');
    assert.equal(withBridges(input, policyOf(NO_BRIDGES)), input);
  });
});

describe("looking for a node's own networks", () => {
  const network = (Id: string, more: Partial<RawNetwork> = {}): RawNetwork => ({
    ...{ Id, Name: Id, Driver: 'bridge', Scope: 'local', Options: {} },
    IPAM: { Config: [{ Subnet: '172.20.0.0/16' }] },
    ...more,
  });
  const listed = (
    Id: string,
    labels: Record<string, string>,
    ...networks: readonly string[]
  ): RawContainer => ({
    ...{ Id, Names: [`/${Id}`], Labels: labels, ImageID: 'image' },
    NetworkSettings: { Networks: Object.fromEntries(networks.map((name) => [name, {}])) },
  });
  const look = async (containers: readonly RawContainer[], networks: readonly RawNetwork[]) => {
    const asked: string[] = [];
    const engine = {
      network: (id: string) => {
        asked.push(id);
        return Promise.resolve(networks.find(({ Id }) => Id === id));
      },
      imageLabels: () => Promise.resolve({}),
    } as unknown as Engine;
    const bridgePorts = {
      find: () => Promise.resolve([]),
      findOn: () => Promise.resolve({ ports: [], members: [] }),
      forget: () => undefined,
      hint: () => undefined,
    };
    const files = { overlays: [], loadBalancers: [], ingress: false, sandboxes: [] };
    const facts = await gatherBridges({ engine, bridgePorts }, new Map(), { files, networks, containers });
    return { facts, asked };
  };
  const project = (name: string, service: string) => ({ [PROJECT]: name, [SERVICE]: service });

  it('takes those that any container of an annotated project is on or will be on', async () => {
    const { facts } = await look(
      [
        listed('a', { ...project('shop', 'a'), 'swarmwall.ingress': 'none' }, 'front'),
        listed('b', project('shop', 'b'), 'back'),
        listed('c', project('wiki', 'c'), 'front', 'wiki'),
      ],
      [network('front'), network('back'), network('wiki'), network('docker_gwbridge')],
    );
    assert.deepEqual(
      facts.bridges.map(({ device }) => device),
      ['br-back', 'br-front'],
    );
    assert.equal(facts.subnets.length, 3);
  });

  it("asks nothing where nobody is annotated but Swarm's own", async () => {
    const task = { 'com.docker.swarm.task.id': 't', 'swarmwall.ingress': 'none' };
    const { facts, asked } = await look(
      [listed('a', task, 'front'), listed('b', {}, 'front')],
      [network('front')],
    );
    assert.deepEqual([facts, asked], [{ ...NO_BRIDGES, seen: new Set(['a', 'b']) }, []]);
  });
});
