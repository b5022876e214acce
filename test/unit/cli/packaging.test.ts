import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'mocha';

interface PluginConfig {
  readonly entrypoint: readonly string[];
  readonly interface: { readonly types: readonly string[]; readonly socket: string };
  readonly network: { readonly type: string };
  readonly pidhost: boolean;
  readonly linux: { readonly capabilities: readonly string[] };
  readonly mounts: readonly { readonly source: string; readonly options: readonly string[] }[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
}

describe('config.json', () => {
  it("is Docker's plugin configuration with what the agent needs, and no more", async () => {
    const config = JSON.parse(await readFile('config.json', 'utf8')) as PluginConfig;
    assert.deepEqual([config.network.type, config.pidhost], ['host', true]);
    assert.deepEqual(
      [...config.linux.capabilities].sort(),
      ['DAC_READ_SEARCH', 'NET_ADMIN', 'NET_RAW', 'SYS_ADMIN', 'SYS_CHROOT', 'SYS_PTRACE'].map(
        (name) => `CAP_${name}`,
      ),
    );
    const options = new Map(config.mounts.map((mount) => [mount.source, mount.options.join(',')]));
    // Of /run/docker the whole: its netns folder may not be there yet when the plugin starts.
    assert.equal(options.get('/run/docker'), 'rbind,rslave,ro');
    assert.equal(options.get('/var/lib/docker/swarm'), 'rbind,ro');
    for (const { name } of config.env) assert.match(name, /^SWARMWALL_[A-Z_]+$/u);
  });
});

describe('Dockerfile', () => {
  it('holds what its entry point and the plugin run', async () => {
    const text = await readFile('Dockerfile', 'utf8');
    const config = JSON.parse(await readFile('config.json', 'utf8')) as PluginConfig;
    assert.ok(text.includes(`COPY dist/swarmwall.cjs ${config.entrypoint[0]}`));
    for (const name of ['nftables', 'iptables', 'ipset', 'conntrack', 'iproute2', 'util-linux'])
      assert.match(text, new RegExp(`apt-get install .*\\b${name}\\b`, 'u'));
  });
});

describe('the systemd units', () => {
  it('start the commands that there are', async () => {
    for (const command of ['agent', 'controller']) {
      const unit = await readFile(`examples/systemd/swarmwall-${command}.service`, 'utf8');
      assert.match(unit, new RegExp(`^ExecStart=/usr/local/bin/swarmwall ${command}$`, 'mu'));
    }
  });
});
