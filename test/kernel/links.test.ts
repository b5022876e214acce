import assert from 'node:assert/strict';
import { listAddresses } from '../../plugin/kernel/links.ts';
import { namespaceAt } from '../../plugin/kernel/namespace.ts';
import { runProcess } from '../../plugin/process/run.ts';
import { addNamespace, inNamespace, namespaceName, removeNamespaces } from './lab/namespaces.ts';

const MAC = '02:42:0a:00:01:05';

describe("a sandbox's addresses on the real kernel", () => {
  const name = namespaceName('links');

  before(() => {
    removeNamespaces([name]);
    addNamespace(name);
    const ip = (...args: string[]) => inNamespace(name, 'ip', args);
    ip('link', 'add', 'eth0', 'address', MAC, 'type', 'veth', 'peer', 'name', 'other');
    // As Docker gives a load balancer its VIPs.
    ip('address', 'add', '10.0.1.5/24', 'dev', 'eth0');
    ip('address', 'add', '10.0.1.2/32', 'dev', 'eth0');
    ip('address', 'add', 'fd00::5/64', 'dev', 'eth0');
  });
  after(() => {
    removeNamespaces([name]);
  });

  it('are all its IPv4 ones, with the MAC of their interface', async () => {
    const links = await listAddresses(namespaceAt(`/run/netns/${name}`, runProcess));
    const found = links.find(({ mac }) => mac === MAC);
    assert.deepEqual([...(found?.addresses ?? [])].sort(), ['10.0.1.2', '10.0.1.5']);
  });
});
