import assert from 'node:assert/strict';
import { openElementSession, type ElementSession } from '../../plugin/kernel/element-session.ts';
import { openIpsetSession, type IpsetSession } from '../../plugin/kernel/ipset-session.ts';
import { namespaceAt } from '../../plugin/kernel/namespace.ts';
import { systemClock } from '../../plugin/process/clock.ts';
import { converseWithProcess } from '../../plugin/process/converse.ts';
import { runProcess } from '../../plugin/process/run.ts';
import type { TableChange } from '../../rules/nftables/program.ts';
import { addNamespace, inNamespace, namespaceName, removeNamespaces } from './lab/namespaces.ts';

const KEYS = ['"veth3" . 02:42:0a:00:01:05 . 10.0.1.5', '"veth3" . 02:42:0a:00:01:05 . 10.0.1.6'];

const adding = (set: string, keys: readonly string[], remove: readonly string[] = []): TableChange => ({
  family: 'bridge',
  table: 'swarmwall',
  sets: [{ set, map: false, remove, add: keys.map((key) => [key, ''] as const) }],
});

/** A program that refused something is made anew. */
async function eventually(does: () => Promise<boolean>): Promise<void> {
  while (!(await does())) await new Promise((resolve) => setTimeout(resolve, 50));
}

describe('programs that stay to be told more, on the real kernel', () => {
  const name = namespaceName('sessions');
  let elements: ElementSession;
  let ipsets: IpsetSession;
  const nft = (...args: string[]) => inNamespace(name, 'nft', args);
  const ipset = (...args: string[]) => inNamespace(name, 'ipset', args);

  before(() => {
    removeNamespaces([name]);
    addNamespace(name);
    nft('add', 'table', 'bridge', 'swarmwall');
    nft(
      'add set bridge swarmwall ports { typeof meta iifname . ether saddr . ip saddr; comment "of the test"; }',
    );
    nft('add set bridge swarmwall members { typeof meta iifname; }');
    nft('add', 'table', 'inet', 'swarmwall');
    nft('add map inet swarmwall ids { typeof ip saddr : meta mark; }');
    nft('add set inet swarmwall ends { typeof ip saddr . ip daddr; }');
    ipset('create', 'sw-out', 'hash:ip');
    ipset('create', 'sw-in', 'hash:ip,port,net');
    const namespace = namespaceAt(`/run/netns/${name}`, runProcess);
    const options = { namespace, converse: converseWithProcess, clock: systemClock };
    elements = openElementSession(options);
    ipsets = openIpsetSession(options);
  });
  after(() => {
    elements.stop();
    ipsets.stop();
    removeNamespaces([name]);
  });

  it('put elements into a set, and say so once the kernel has them all', async () => {
    await eventually(() => elements.add([adding('ports', KEYS)]));
    const listed = nft('list', 'set', 'bridge', 'swarmwall', 'ports');
    for (const key of KEYS) assert.ok(listed.includes(key), listed);
    // Another process has changed the table meanwhile.
    nft('flush', 'set', 'bridge', 'swarmwall', 'ports');
    assert.equal(await elements.add([adding('ports', KEYS.slice(1))]), true);
  });

  it('put some in the place of others, in several sets, in one transaction or not at all', async () => {
    const change = (remove: readonly string[]): TableChange => ({
      ...{ family: 'bridge', table: 'swarmwall' },
      sets: [
        { set: 'ports', map: false, remove, add: [['"veth5" . 02:42:0a:00:01:05 . 10.0.1.5', '']] },
        {
          set: 'members',
          map: false,
          remove: [],
          add: [
            ['"veth5"', ''],
            ['"veth6"', ''],
          ],
        },
      ],
    });
    const listed = () => nft('list', 'table', 'bridge', 'swarmwall');
    assert.equal(await elements.add([change(['"gone" . 02:42:0a:00:01:05 . 10.0.1.5'])]), false);
    assert.doesNotMatch(listed(), /veth5|veth6/u);
    await eventually(() => elements.add([change(KEYS.slice(1))]));
    assert.match(listed(), /"veth5" \. .*"veth5"/su);
    assert.ok(!listed().includes('"veth3"'));
    assert.equal(await elements.add([adding('ports', KEYS)]), true);
  });

  it('say who has an address now; not when it is another’s still', async () => {
    const owners = (value: string, remove: readonly string[] = []): TableChange => ({
      ...{ family: 'inet', table: 'swarmwall' },
      sets: [
        { set: 'ids', map: true, remove, add: [['10.0.1.9', value]] },
        { set: 'ends', map: false, remove: [], add: [['10.0.1.9 . 10.0.1.9', '']] },
      ],
    });
    const held = () => nft('list', 'map', 'inet', 'swarmwall', 'ids');
    await eventually(() => elements.add([owners('7')]));
    assert.match(held(), /10\.0\.1\.9 : 0x00000007/u);
    assert.equal(await elements.add([owners('8')]), false);
    assert.match(held(), /10\.0\.1\.9 : 0x00000007/u);
    await eventually(() => elements.add([owners('9', ['10.0.1.9'])]));
    assert.match(held(), /10\.0\.1\.9 : 0x00000009/u);
  });

  it('leave to others what is more than a few new elements, and what the kernel refuses', async () => {
    assert.equal(await elements.add([adding('ports', [], KEYS)]), false);
    const marks = adding('ports', ['7 . 02:42:0a:00:01:05 . 10.0.1.5']);
    let tried = 0;
    assert.equal(await elements.add([marks], () => (tried += 1)), false);
    assert.equal(tried, 0, 'nothing was written');
    assert.equal(await elements.add([adding('ports', KEYS)], () => (tried += 1)), true);
    assert.equal(tried, 1);
    assert.equal(await elements.add([adding('ports', ['"veth3"\n . x'])]), false);
    assert.equal(await elements.add([adding('gone', KEYS)]), false);
    assert.equal(await elements.add([adding('ports', ['"veth4" . 02:42:0a:00:01:05 . nowhere'])]), false);
    await eventually(() => elements.add([adding('ports', ['"veth4" . 02:42:0a:00:01:07 . 10.0.1.7'])]));
  });

  it('fill ipsets line by line, and say when a line was refused', async () => {
    const block = '172.18.0.3,tcp:80,10.0.0.0/8';
    assert.equal(
      await ipsets.restore([
        'create sw-new hash:net family inet maxelem 1024',
        `add sw-in ${block}`,
        'add sw-in 172.18.0.3,tcp:80,10.1.0.0/16 nomatch',
        'add sw-out 172.18.0.3',
        'del sw-out 172.18.0.9',
      ]),
      true,
    );
    const saved = ipset('save');
    for (const line of [`add sw-in ${block}`, 'add sw-out 172.18.0.3', 'create sw-new hash:net'])
      assert.ok(saved.includes(line), saved);
    assert.equal(
      await ipsets.restore(['add sw-out 172.18.0.3']),
      true,
      'what is there already is no mistake',
    );
    assert.equal(await ipsets.restore(['add sw-gone 172.18.0.4', 'add sw-out 172.18.0.4']), false);
    assert.equal(await ipsets.restore(['del sw-out 172.18.0.4']), false, 'nothing to look for afterwards');
    await eventually(() => ipsets.restore(['add sw-out 172.18.0.5']));
  });

  it('answer each in its turn', async () => {
    const many = Array.from(
      { length: 20 },
      (_, index) => `"veth${index}" . 02:42:0a:00:02:05 . 10.0.2.${index}`,
    );
    const answers = await Promise.all([
      ...many.map((key) => elements.add([adding('ports', [key])])),
      ...many.map((_, index) => ipsets.restore([`add sw-out 172.18.2.${index}`])),
    ]);
    assert.deepEqual(new Set(answers), new Set([true]));
    const listed = nft('list', 'set', 'bridge', 'swarmwall', 'ports');
    for (const key of many) assert.ok(listed.includes(key), key);
  });
});
