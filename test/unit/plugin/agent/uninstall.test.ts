import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uninstall } from '../../../../plugin/agent/uninstall.ts';
import { silentLog } from '../../../../plugin/log.ts';
import { FakeRun } from '../fake-run.ts';

describe('uninstall', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'swarmwall-uninstall-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const run = (fake: FakeRun) =>
    uninstall({
      config: {
        execRoot: folder,
        stateDir: join(folder, 'state'),
        socketDir: join(folder, 'sockets'),
        authzDir: join(folder, 'authz'),
      },
      log: silentLog(),
      run: fake.run,
    });

  it('removes both tables of each overlay, then jump, chains and sets, and does it again for nothing', async () => {
    mkdirSync(join(folder, 'netns'));
    for (const file of ['1-neta', '1-netb', '0123456789ab']) writeFileSync(join(folder, 'netns', file), '');
    const fake = new FakeRun();
    const inA = `nsenter --net=${folder}/netns/1-neta --`;
    fake.answers.set(
      `${inA} nft list tables`,
      'table inet swarmwall\ntable bridge swarmwall\ntable ip other\n',
    );
    fake.answers.set(
      `${inA} ip -j -d link show br0`,
      JSON.stringify([{ linkinfo: { info_data: { nf_call_iptables: 1, nf_call_ip6tables: 1 } } }]),
    );
    fake.answers.set(
      'iptables-nft-save',
      ':DOCKER-USER - [0:0]\n:SWARMWALL - [0:0]\n-A DOCKER-USER -j SWARMWALL\n',
    );
    fake.answers.set(
      'ipset save',
      'create sw-in hash:ip,port,net family inet\ncreate theirs hash:ip family inet\n',
    );
    const result = await run(fake);
    assert.deepEqual(result, { agentStopped: false, namespaces: ['1-neta'], dockerUser: true });
    assert.ok(
      fake.calls.some(
        ({ argv }) => argv === `${inA} ip link set br0 type bridge nf_call_iptables 0 nf_call_ip6tables 0`,
      ),
      'the bridge is as Docker left it',
    );
    const changes = fake.calls.filter(({ input }) => input !== undefined);
    assert.deepEqual(changes, [
      { argv: `${inA} nft -f -`, input: 'add table inet swarmwall\ndelete table inet swarmwall\n' },
      { argv: `${inA} nft -f -`, input: 'add table bridge swarmwall\ndelete table bridge swarmwall\n' },
      { argv: 'iptables-nft-restore -w 5 -n', input: '*filter\n-D DOCKER-USER -j SWARMWALL\nCOMMIT\n' },
      { argv: 'iptables-nft-restore -w 5 -n', input: '*filter\n:SWARMWALL - [0:0]\n-X SWARMWALL\nCOMMIT\n' },
      { argv: 'ipset restore -exist', input: 'destroy sw-in\n' },
    ]);
  });

  it('ends the counting of packets where the agent began it, and nowhere else', async () => {
    for (const counting of [true, false]) {
      mkdirSync(join(folder, 'state'));
      writeFileSync(join(folder, 'state', 'agent-state.json'), JSON.stringify({ version: 2, counting }));
      const fake = new FakeRun();
      await run(fake);
      const written = fake.calls.filter(({ argv }) => argv.includes('nf_conntrack_acct'));
      assert.deepEqual(
        written,
        counting ? [{ argv: 'tee /proc/sys/net/netfilter/nf_conntrack_acct', input: '0\n' }] : [],
      );
      rmSync(join(folder, 'state'), { recursive: true });
    }
  });

  it('leaves the authorization policy where the engine still asks for it', async () => {
    const path = join(folder, 'authz', 'authz-policy.json');
    for (const keepAuthz of [true, false]) {
      mkdirSync(join(folder, 'authz'), { recursive: true });
      writeFileSync(path, '{}');
      const { run: fake } = new FakeRun();
      const config = {
        execRoot: folder,
        stateDir: folder,
        socketDir: folder,
        authzDir: join(folder, 'authz'),
      };
      await uninstall({ config, log: silentLog(), run: fake, keepAuthz });
      assert.equal(existsSync(path), keepAuthz);
    }
  });

  it('works where there is nothing, not even Docker', async () => {
    assert.deepEqual(await run(new FakeRun()), { agentStopped: false, namespaces: [], dockerUser: false });
  });
});
