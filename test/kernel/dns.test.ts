import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dockerUserProgram } from '../../rules/docker-user/docker-user.ts';
import { parseObservedDockerUser } from '../../rules/docker-user/observe.ts';
import { planDockerUser } from '../../rules/docker-user/plan.ts';
import type { EdgeNames, EdgePolicy } from '../../rules/network-policy.ts';
import { render } from '../../rules/step.ts';
import { type DnsWorker, startDnsWorker } from './lab/dns-worker-client.ts';
import type { DnsRecords } from '../support/dns-authority.ts';
import { createHostLab, type HostLab } from './lab/host-lab.ts';

const TARGET = '198.51.100.2';
const SERVER = '198.51.100.3';
/** Where the task thinks that its DNS server is: nobody is there. */
const ELSEWHERE = '198.51.100.77';
const LISTED = { name: 'api.example.com', protocol: 'tcp', port: 9000 } as const;

function edge(names: Partial<EdgeNames> = {}): EdgePolicy {
  return {
    stance: { ingress: 'open', egress: 'isolated' },
    ...{ ingress: [], egress: [], published: [], pair: { ingress: 'open', egress: 'isolated' }, near: [] },
    names: { rules: [LISTED, { ...LISTED, name: '*.example.org' }], resolvers: [SERVER], ...names },
  };
}

describe('egress by DNS name on the real kernel', function () {
  this.timeout(120_000);
  let lab: HostLab;
  let folder: string;
  let authority: DnsWorker;
  let task: DnsWorker;
  let agent: DnsWorker;
  let leastMilliseconds = 30_000;

  before(async () => {
    lab = await createHostLab();
    authority = await startDnsWorker(lab.namespaceOf('excepted'));
    task = await startDnsWorker(lab.namespaceOf('task'));
    await authority.ask({ do: 'serve' });
  });
  after(async () => {
    await Promise.all([authority.stop(), task.stop()]);
    await lab.stop();
  });
  beforeEach(async () => {
    leastMilliseconds = 30_000;
    folder = await mkdtemp(join(tmpdir(), 'swarmwall-dns-'));
    lab.reset();
    agent = await startDnsWorker(lab.namespaceOf('host'));
    await records({ 'api.example.com': { ttl: 60, addresses: [TARGET] } });
  });
  afterEach(async () => {
    await agent.stop();
    lab.run('nft', ['delete', 'table', 'inet', 'swarmwall_dns']);
    await rm(folder, { recursive: true });
  });

  const records = (given: Readonly<Record<string, DnsRecords>>) =>
    authority.ask({ do: 'records', records: given });

  async function enforce(policy: EdgePolicy | undefined): Promise<void> {
    const edges = policy
      ? { 's/web': policy }
      : { 's/web': { ...edge(), names: { rules: [{ ...LISTED, name: 'other.example' }] } } };
    const input = {
      tasks: [{ address: lab.address.task, service: 's/web' }],
      edges,
      gatewaySubnets: ['172.30.0.0/24'],
      nodeAddresses: [],
    };
    const observed = parseObservedDockerUser(
      lab.run('iptables-save', ['-c', '-t', 'filter']),
      lab.run('ipset', ['save']),
    );
    for (const step of planDockerUser(dockerUserProgram(input), observed)) {
      const { tool, args, input: text } = render(step);
      lab.run(tool, args, text);
    }
    await agent.ask({ do: 'guard', edges, tasks: { 's/web': lab.address.task }, folder, leastMilliseconds });
  }

  const lookUp = (name: string, transport: 'udp' | 'tcp' = 'udp') =>
    task.resolve({ server: ELSEWHERE, name, transport });
  const reaches = (port = 9000) => lab.connects('task', 'client', port);
  const leases = () => lab.run('nft', ['list', 'set', 'inet', 'swarmwall_dns', 'leases']);

  async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
    for (let tries = 0; tries < 100; tries += 1) {
      if (await holds()) return;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    assert.fail(`never: ${what}`);
  }

  it('lets a listed name’s addresses pass as soon as they are told, on its ports only', async () => {
    await enforce(edge());
    assert.equal(await reaches(), false, 'nobody asked yet');
    const answer = await lookUp('api.example.com');
    assert.deepEqual([answer.code, answer.addresses], ['NOERROR', [TARGET]]);
    assert.ok(await reaches());
    assert.equal(await reaches(9001), false);
    assert.equal((await lookUp('API.example.com', 'tcp')).code, 'NOERROR');
  });

  it('follows aliases below a wildcard, and takes an answer too long for UDP by TCP', async () => {
    const many = Array.from({ length: 60 }, (_, index) => `203.0.113.${index + 1}`);
    await records({
      'a.b.example.org': { ttl: 60, alias: 'cdn.elsewhere.example' },
      'cdn.elsewhere.example': { ttl: 60, addresses: [...many, TARGET] },
    });
    await enforce(edge());
    const short = await lookUp('a.b.example.org');
    assert.deepEqual([short.code, short.addresses], ['NOERROR', []], 'too long for plain UDP');
    assert.equal((await lookUp('a.b.example.org', 'tcp')).addresses.length, 61);
    assert.ok(await reaches());
  });

  it('answers other names and lets nothing pass by them, or refuses them where the stack is strict', async () => {
    await records({ 'evil.example': { ttl: 60, addresses: [TARGET] } });
    await enforce(edge());
    assert.deepEqual((await lookUp('evil.example')).addresses, [TARGET]);
    assert.equal(await reaches(), false);
    assert.equal((await lookUp('nowhere.example')).code, 'NXDOMAIN');
    await enforce(edge({ strict: true }));
    assert.equal((await lookUp('evil.example')).code, 'REFUSED');
    assert.equal((await lookUp('evil.example', 'tcp')).code, 'REFUSED');
    assert.equal(await authority.ask({ do: 'asked', name: 'evil.example' }), 1);
  });

  it('tells no address that a name may not lead to', async () => {
    const metadata = ['169.254.169.254', '169.254.170.2', '100.100.100.200', '192.0.0.192'];
    const own = ['172.30.0.6', '127.0.0.1', '10.77.0.10', ...metadata];
    await records({ 'api.example.com': { ttl: 60, addresses: [...own, TARGET] } });
    await enforce(edge());
    assert.deepEqual((await lookUp('api.example.com')).addresses, [TARGET]);
    for (const address of own) assert.ok(!leases().includes(`. ${address} .`), address);
  });

  it('asks again by itself, and lets what the name has no more end, but for connections under way', async () => {
    leastMilliseconds = 4_000;
    await records({ 'api.example.com': { ttl: 0, addresses: [TARGET] } });
    await enforce(edge());
    assert.deepEqual((await lookUp('api.example.com')).ttls, [0]);
    const open = { do: 'open', name: 'old', protocol: 'tcp', to: TARGET, port: 9000 } as const;
    assert.ok(await lab.ask('task', open));
    await until(
      'renewed',
      async () => Number(await authority.ask({ do: 'asked', name: 'api.example.com' })) >= 2,
    );
    assert.ok(await reaches(), 'still the name’s address');
    await records({ 'api.example.com': { ttl: 0, addresses: ['203.0.113.9'] } });
    await until('ended', async () => !(await reaches()));
    assert.ok(await lab.ask('task', { do: 'exchange', name: 'old' }), 'what was under way goes on');
    await enforce(undefined);
    assert.equal(await lab.ask('task', { do: 'exchange', name: 'old' }), false, 'until the name is revoked');
  });

  it('holds through a restart of the agent, and puts back what was taken away', async () => {
    await enforce(edge());
    await lookUp('api.example.com');
    assert.ok(await reaches());
    await agent.stop();
    assert.ok(await reaches(), 'while no agent runs');
    agent = await startDnsWorker(lab.namespaceOf('host'));
    await enforce(edge());
    assert.ok(await reaches(), 'after it is back');
    lab.run('nft', ['delete', 'table', 'inet', 'swarmwall_dns']);
    assert.equal(await reaches(), false, 'without the table nothing passes by name');
    await agent.ask({ do: 'distrust' });
    assert.ok(await reaches());
    const foreign = `${lab.address.task} . ${TARGET} . 6 . 9001`;
    lab.run('nft', ['add', 'element', 'inet', 'swarmwall_dns', 'leases', `{ ${foreign} timeout 1h }`]);
    assert.ok(await reaches(9001));
    await agent.ask({ do: 'distrust' });
    assert.equal(await reaches(9001), false);
    assert.ok(await reaches());
  });

  it('is closed to everybody but the tasks that it is there for', async () => {
    await enforce(edge());
    const other = await startDnsWorker(lab.namespaceOf('client'));
    const asked = lab.ask('client', {
      do: 'open',
      name: 'x',
      protocol: 'tcp',
      to: '198.51.100.1',
      port: 7953,
    });
    assert.equal(await asked, false);
    await other.stop();
  });
});
