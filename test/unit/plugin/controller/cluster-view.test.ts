import assert from 'node:assert/strict';
import { DEFAULT_SETTINGS } from '../../../../compose-ext/index.ts';
import { diffCluster } from '../../../../plugin/controller/cluster-diff.ts';
import { drawCluster, EMPTY_VIEW, type ClusterLists } from '../../../../plugin/controller/cluster-view.ts';
import type { RawTask } from '../../../../plugin/docker/engine-data.ts';
import type { LocalNetwork } from '../../../../plugin/protocol.ts';

const NET = 'net1';
const task = (id: string, service: string, address: string, state = 'running', node = 'node1'): RawTask => ({
  ID: id,
  ServiceID: service,
  NodeID: node,
  DesiredState: 'running',
  Status: { State: state },
  NetworksAttachments: [{ Network: { ID: NET }, Addresses: [`${address}/24`] }],
});

const LISTS: ClusterLists = {
  services: [
    {
      ID: 'svc-db',
      Spec: {
        Name: 'app_db',
        Labels: { 'com.docker.stack.namespace': 'app', 'swarmwall.ingress': 'web:5432', tier: 'back' },
      },
      Endpoint: {
        Ports: [{ Protocol: 'tcp', TargetPort: 5432, PublishedPort: 8432, PublishMode: 'ingress' }],
        VirtualIPs: [{ NetworkID: NET, Addr: '10.0.1.2/24' }],
      },
    },
    { ID: 'svc-web', Spec: { Name: 'app_web', Labels: { 'com.docker.stack.namespace': 'app' } } },
    { ID: 'svc-lone', Spec: { Name: 'lone', Labels: null } },
  ],
  tasks: [
    task('t1', 'svc-db', '10.0.1.3'),
    task('t2', 'svc-web', '10.0.1.4', 'preparing', 'node2'),
    task('t3', 'svc-web', '10.0.1.5', 'shutdown'),
    task('t4', 'svc-lone', '10.0.1.6', 'pending', ''),
  ],
  nodes: [
    {
      ID: 'node1',
      Spec: { Role: 'manager' },
      Status: { State: 'ready', Addr: '0.0.0.0' },
      ManagerStatus: { Addr: '192.0.2.1:2377' },
    },
    { ID: 'node2', Spec: { Role: 'worker' }, Status: { State: 'down', Addr: '192.0.2.2' } },
  ],
  networks: [
    {
      Id: NET,
      Name: 'app_net',
      Driver: 'overlay',
      Scope: 'swarm',
      IPAM: { Config: [{ Subnet: '10.0.1.0/24' }] },
      Options: { encrypted: '' },
    },
    { Id: 'bridge', Name: 'bridge', Driver: 'bridge', Scope: 'local' },
  ],
};

const local = (loadBalancer: string): readonly LocalNetwork[] => [
  {
    network: { id: NET, name: 'app_net', subnets: ['10.0.1.0/24'], encrypted: true, ingress: false },
    loadBalancer,
    endpoints: [{ address: '10.0.1.9', container: 'c', task: 't1' }],
  },
];

const draw = (
  lists: ClusterLists = LISTS,
  reports: readonly (readonly [string, readonly LocalNetwork[]])[] = [],
  { gone = false, mode = DEFAULT_SETTINGS.nodes } = {},
) =>
  drawCluster(
    lists,
    new Map(reports.map(([node, networks]) => [node, { networks, gone, addresses: [`addr-of-${node}`] }])),
    {
      policies: [],
      groups: [],
      settings: { ...DEFAULT_SETTINGS, nodes: mode },
    },
  );

const owners = (picture: ReturnType<typeof draw>): Record<string, string> =>
  Object.fromEntries(
    [...picture.view.endpoints.values()].map(({ address, owner }) => [
      address,
      owner.kind === 'service' ? owner.service : `lb ${owner.node}`,
    ]),
  );

describe('the cluster, drawn from Docker’s lists', () => {
  it('gives addresses to tasks from allocation until their end, and VIPs to services', () => {
    assert.deepEqual(owners(draw()), {
      '10.0.1.2': 'app/db',
      '10.0.1.3': 'app/db',
      '10.0.1.4': 'app/web',
      '10.0.1.6': 'lone/lone',
    });
  });

  it('annotates a stack by any of its services, and leaves the others open', () => {
    const { stacks, services } = draw().view;
    assert.deepEqual(stacks.get('app')?.defaults, { ingress: 'deny', egress: 'allow' });
    assert.equal(stacks.get('app')?.annotated, true);
    assert.equal(stacks.get('lone')?.annotated, false);
    assert.deepEqual(services.get('app/db')?.ports, [
      { protocol: 'tcp', target: 5432, published: 8432, mode: 'ingress' },
    ]);
    assert.equal(services.get('app/db')?.labels['tier'], 'back');
    assert.deepEqual(
      services.get('app/db')?.policies.map(({ name, directions }) => `${name} ${directions.join()}`),
      ['db.ingress ingress'],
    );
  });

  it('places tasks, and knows the networks that each node is about to have', () => {
    const { placement, moving } = draw();
    assert.deepEqual([...(placement.tasksByNode.get('node2') ?? [])], [['t2', 'app/web']]);
    assert.deepEqual([...(placement.networksByNode.get('node2') ?? [])], [NET]);
    assert.deepEqual(placement.ingressServices, ['app/db']);
    assert.equal(moving, true);
    assert.deepEqual(draw().view.nodeAddresses, ['192.0.2.1', '192.0.2.2']);
    assert.equal(placement.nodes.get('node2')?.up, false);
  });

  it('takes overlays only, and sees encryption as Docker does', () => {
    const { networks } = draw().view;
    assert.deepEqual([...networks.keys()], [NET]);
    assert.equal(networks.get(NET)?.encrypted, true);
  });

  it('believes a node about its own load balancer, never about what a task or a VIP has', () => {
    assert.equal(owners(draw(LISTS, [['node1', local('10.0.1.20')]]))['10.0.1.20'], 'lb node1');
    for (const stolen of ['10.0.1.2', '10.0.1.3', '10.0.1.4'])
      assert.match(owners(draw(LISTS, [['node1', local(stolen)]]))[stolen] ?? '', /^app\//);
    const outside = owners(draw(LISTS, [['node1', local('10.9.9.9')]]));
    assert.equal(outside['10.9.9.9'], undefined);
    assert.equal(outside['10.0.1.9'], undefined, 'reported endpoints give no identity');
  });

  it('believes a node whose agent went only in permissive mode, while it is up and has tasks there', () => {
    const balancer = (node: string, mode: 'permissive' | 'strict', lists = LISTS) =>
      owners(draw(lists, [[node, local('10.0.1.20')]], { gone: true, mode }))['10.0.1.20'];
    assert.equal(balancer('node1', 'permissive'), 'lb node1');
    assert.equal(balancer('node1', 'strict'), undefined);
    assert.equal(balancer('node2', 'permissive'), undefined, 'it is down');
    assert.equal(balancer('node1', 'permissive', { ...LISTS, tasks: LISTS.tasks.slice(1) }), undefined);
    assert.equal(balancer('stranger', 'permissive'), undefined);
    const strict = draw(LISTS, [['node1', local('10.0.1.20')]], { mode: 'strict' });
    assert.equal(owners(strict)['10.0.1.20'], 'lb node1', 'its agent is here');
  });

  it('knows where VXLAN may come from, and whose own addresses nobody tells', () => {
    const told = draw(LISTS, [
      ['node1', []],
      ['stranger', []],
    ]);
    assert.deepEqual(told.view.underlay, { addresses: ['addr-of-node1'], unknown: [] }, 'node2 is down');
    const up = LISTS.nodes.map((node) => ({ ...node, Status: { ...node.Status, State: 'ready' } }));
    assert.deepEqual(draw({ ...LISTS, nodes: up }).view.underlay, {
      addresses: [],
      unknown: ['node1', 'node2'],
    });
  });

  it('knows only the first of two services with one key', () => {
    const twin = { ID: 'svc-zz', Spec: { Name: 'db', Labels: { 'com.docker.stack.namespace': 'app' } } };
    const picture = draw({
      ...LISTS,
      services: [...LISTS.services, twin],
      tasks: [...LISTS.tasks, task('t9', 'svc-zz', '10.0.1.30')],
    });
    assert.equal(owners(picture)['10.0.1.30'], undefined);
    assert.ok(picture.problems.some(({ code }) => code === 'duplicate-service'));
  });

  it('reports what labels get wrong', () => {
    const wrong = { ID: 'svc-x', Spec: { Name: 'x', Labels: { 'swarmwall.ingres': 'web' } } };
    const { problems } = draw({ ...LISTS, services: [wrong] });
    assert.deepEqual(
      problems.map(({ service, code }) => `${service} ${code}`),
      ['x/x unknown-label'],
    );
  });
});

describe('the difference of two pictures', () => {
  it('is everything at first, and nothing between equals', () => {
    const kinds = diffCluster(EMPTY_VIEW, draw().view).map(({ kind }) => kind);
    assert.equal(kinds.filter((kind) => kind === 'endpoint').length, 4);
    assert.deepEqual(diffCluster(draw().view, draw().view), []);
  });

  it('is one change for one task’s end, and one for an address that changes hands', () => {
    const ended = draw({ ...LISTS, tasks: LISTS.tasks.slice(1) });
    assert.deepEqual(diffCluster(draw().view, ended.view), [
      { kind: 'endpoint-removed', network: NET, address: '10.0.1.3' },
    ]);
    const moved = draw({ ...LISTS, tasks: [task('t1', 'svc-web', '10.0.1.3'), ...LISTS.tasks.slice(1)] });
    assert.deepEqual(diffCluster(draw().view, moved.view), [
      {
        kind: 'endpoint',
        endpoint: { network: NET, address: '10.0.1.3', owner: { kind: 'service', service: 'app/web' } },
      },
    ]);
  });
});
