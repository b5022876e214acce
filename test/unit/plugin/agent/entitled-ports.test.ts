import assert from 'node:assert/strict';
import fc from 'fast-check';
import { entitledPorts } from '../../../../plugin/agent/entitled-ports.ts';

const NETWORK = { id: 'net', name: 'app_net', subnets: ['10.0.1.0/24'], encrypted: false, ingress: false };
const portOf = (address: string) => ({
  port: `veth${address}`,
  mac: '02:42:0a:00:01:05',
  addresses: [address],
});

interface World {
  /** By address: what the managers' last word says. */
  readonly owners: Readonly<Record<string, string>>;
  readonly tasks: Readonly<Record<string, string>>;
  readonly endpoints: readonly { readonly address: string; readonly task?: string }[];
}

const kept = ({ owners, tasks, endpoints }: World): readonly string[] =>
  entitledPorts(
    {
      network: NETWORK,
      endpoints: endpoints.map((each) => ({ container: 'c', ...each })),
      ports: endpoints.map(({ address }) => portOf(address)),
    },
    {
      owner: (network, address) =>
        network === 'net' && Object.hasOwn(owners, address) ? owners[address] : undefined,
      tasks: new Map(Object.entries(tasks)),
    },
  ).flatMap(({ addresses }) => addresses);

describe('ports that may send', () => {
  const owners = { '10.0.1.5': 'app/web', '10.0.1.9': 'load balancer of n2' };
  const tasks = { web: 'app/web', db: 'app/db' };
  const of = (address: string, task?: string) =>
    kept({ owners, tasks, endpoints: [{ address, ...(task && { task }) }] });

  it('are those of tasks that the managers placed here with that address, and of nobody’s', () => {
    assert.deepEqual(of('10.0.1.5', 'web'), ['10.0.1.5']);
    assert.deepEqual(of('10.0.1.7', 'db'), ['10.0.1.7'], 'an address that nobody has passes nothing');
    assert.deepEqual(of('10.0.1.7'), ['10.0.1.7']);
  });

  it('are not those of a container that has the address of a task that is gone', () => {
    assert.deepEqual(of('10.0.1.5'), []);
    assert.deepEqual(of('10.0.1.5', 'db'), []);
    assert.deepEqual(of('10.0.1.5', 'somebody'), []);
    assert.deepEqual(of('10.0.1.9', 'web'), [], 'nor of a balancer, which is trusted for others');
  });

  it('are a balancer’s, whatever else its virtual IPs are', () => {
    const balancer = { port: 'veth1', mac: '02:42:0a:00:01:02', addresses: ['10.0.1.2', '10.0.1.5'] };
    const found = entitledPorts(
      { network: NETWORK, endpoints: [{ container: 'c', address: '10.0.1.5' }], ports: [balancer] },
      { owner: () => 'app/web', tasks: new Map() },
    );
    assert.deepEqual(found, [balancer]);
  });

  it('never give anyone a service that the managers did not place here as a task of it', () => {
    const address = fc.constantFrom('10.0.1.2', '10.0.1.3', '10.0.1.4');
    const service = fc.constantFrom('app/a', 'app/b', 'load balancer of n1');
    const task = fc.constantFrom('t1', 't2', 't3', '__proto__');
    fc.assert(
      fc.property(
        fc.dictionary(address, service),
        fc.dictionary(task, fc.constantFrom('app/a', 'app/b')),
        fc.uniqueArray(fc.record({ address, task }, { requiredKeys: ['address'] }), {
          selector: (endpoint) => endpoint.address,
        }),
        (given, placed, endpoints) => {
          const passed = kept({ owners: given, tasks: placed, endpoints });
          for (const { address: own, task: said } of endpoints) {
            const owner = Object.hasOwn(given, own) ? given[own] : undefined;
            const right = said !== undefined && Object.hasOwn(placed, said) && placed[said] === owner;
            assert.equal(passed.includes(own), owner === undefined || right);
          }
        },
      ),
    );
  });
});
