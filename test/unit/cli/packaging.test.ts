import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { describe, it } from 'mocha';
import { DEFAULT_CONFIG, configFrom } from '../../../plugin/config.ts';
import { cli } from './fake-io.ts';

interface PluginConfig {
  readonly entrypoint: readonly string[];
  readonly interface: { readonly types: readonly string[]; readonly socket: string };
  readonly network: { readonly type: string };
  readonly pidhost: boolean;
  readonly propagatedMount: string;
  readonly linux: { readonly capabilities: readonly string[] };
  readonly mounts: readonly { readonly source: string; readonly options: readonly string[] }[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
}

const readConfig = async (): Promise<PluginConfig> =>
  JSON.parse(await readFile('config.json', 'utf8')) as PluginConfig;

describe('config.json', () => {
  it("is Docker's plugin configuration with what the agent needs, and no more", async () => {
    const config = await readConfig();
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

  it('keeps in the folder that outlives an upgrade what must outlive it', async () => {
    const config = await readConfig();
    const inPlugin = configFrom(Object.fromEntries(config.env.map(({ name, value }) => [name, value])));
    assert.deepEqual(
      [inPlugin.stateDir, inPlugin.authzDir],
      [config.propagatedMount, config.propagatedMount],
    );
  });

  it('has its sockets where the plugin makes them, in the folder that the node can see', async () => {
    const config = await readConfig();
    const inPlugin = configFrom(Object.fromEntries(config.env.map(({ name, value }) => [name, value])));
    assert.equal(basename(DEFAULT_CONFIG.pluginSocket), config.interface.socket);
    assert.equal(`${inPlugin.socketDir}/${config.interface.socket}`, DEFAULT_CONFIG.pluginSocket);
  });

  it('starts a command that there is', async () => {
    const [, , ...argv] = (await readConfig()).entrypoint;
    assert.equal((await cli([...argv, '--help'])).exitCode, 0);
  });
});

describe('Dockerfile', () => {
  it("is the plugin's root file system, and starts the same program", async () => {
    const text = await readFile('Dockerfile', 'utf8');
    const [node, program] = (await readConfig()).entrypoint;
    assert.match(text, /^FROM scratch\nCOPY dist\/plugin\/rootfs \/$/mu);
    assert.ok(text.includes(`ENTRYPOINT ["${node}", "${program}"]`));
    assert.match(await readFile('.dockerignore', 'utf8'), /^\*\n!dist\/plugin\/rootfs$/mu);
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
