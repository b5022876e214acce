import assert from 'node:assert/strict';
import { refusals } from './judge.ts';

const restricted = [{ level: 'restricted' as const }];

const container = (config: object = {}, host: object = {}) => ({
  Image: 'app:1',
  User: '1000',
  ...config,
  HostConfig: {
    CapDrop: ['ALL'],
    ReadonlyRootfs: true,
    SecurityOpt: ['no-new-privileges'],
    ...host,
  },
});
const service = (spec: object = {}) => ({
  TaskTemplate: {
    ContainerSpec: {
      Image: 'app:1',
      User: '1000:1000',
      ReadOnly: true,
      CapabilityDrop: ['ALL'],
      Privileges: { NoNewPrivileges: true },
      ...spec,
    },
  },
});

describe('restricted', () => {
  it('takes containers and services that give up all of it', async () => {
    assert.deepEqual(await refusals('ContainerCreate', { body: container() }, restricted), []);
    assert.deepEqual(await refusals('ServiceCreate', { body: service() }, restricted), []);
  });

  it('refuses what is left unsaid, each by its check', async () => {
    assert.deepEqual(await refusals('ContainerCreate', { body: { Image: 'app:1' } }, restricted), [
      'run-as-root User',
      'read-only-root HostConfig.ReadonlyRootfs',
      'no-new-privileges HostConfig.SecurityOpt',
      'drop-capabilities HostConfig.CapDrop',
      'net-raw HostConfig.CapDrop',
    ]);
    const body = { TaskTemplate: { ContainerSpec: { Image: 'app:1' } } };
    assert.deepEqual(await refusals('ServiceCreate', { body }, restricted), [
      'run-as-root TaskTemplate.ContainerSpec.User',
      'read-only-root TaskTemplate.ContainerSpec.ReadOnly',
      'no-new-privileges TaskTemplate.ContainerSpec.Privileges.NoNewPrivileges',
      'drop-capabilities TaskTemplate.ContainerSpec.CapabilityDrop',
      'net-raw TaskTemplate.ContainerSpec.CapabilityDrop',
    ]);
  });

  for (const user of ['', '0', '00', '0:0', '0:1000', 'root', 'toor', '+0', '-0', ' 0', '0x3e8', '１', ':5'])
    it(`takes the user "${user}" for one that may be root`, async () => {
      const body = container({ User: user });
      assert.deepEqual(await refusals('ContainerCreate', { body }, restricted), ['run-as-root User']);
      const spec = service({ User: user });
      assert.deepEqual(await refusals('ServiceCreate', { body: spec }, restricted), [
        'run-as-root TaskTemplate.ContainerSpec.User',
      ]);
    });

  it('counts no promise that HostConfig does not make itself', async () => {
    const { HostConfig, ...config } = container();
    const body = { ...config, ...HostConfig };
    assert.deepEqual(await refusals('ContainerCreate', { body }, restricted), [
      'read-only-root HostConfig.ReadonlyRootfs',
      'no-new-privileges HostConfig.SecurityOpt',
      'drop-capabilities HostConfig.CapDrop',
      'net-raw HostConfig.CapDrop',
    ]);
  });

  it('lets the last of several no-new-privileges count', async () => {
    const SecurityOpt = ['no-new-privileges=true', 'no-new-privileges:false'];
    const body = container({}, { SecurityOpt });
    assert.deepEqual(await refusals('ContainerCreate', { body }, restricted), [
      'no-new-privileges-off HostConfig.SecurityOpt[1]',
      'no-new-privileges HostConfig.SecurityOpt',
    ]);
  });

  it('counts no promise that the requested API version would take out without a word', async () => {
    const asking = (apiVersion: string | null) =>
      refusals('ServiceCreate', { body: service(), apiVersion }, restricted);
    const nnp = 'no-new-privileges TaskTemplate.ContainerSpec.Privileges.NoNewPrivileges';
    const drops = ['drop-capabilities', 'net-raw'].map(
      (id) => `${id} TaskTemplate.ContainerSpec.CapabilityDrop`,
    );
    assert.deepEqual(await asking('1.44'), []);
    assert.deepEqual(await asking('1.43'), [nnp]);
    assert.deepEqual(await asking('1.41'), [nnp]);
    assert.deepEqual(await asking('1.40'), [nnp, ...drops]);
    assert.deepEqual(await asking('1.5'), [nnp, ...drops]);
    assert.deepEqual(await asking(null), [nnp, ...drops]);
  });

  it('takes a dropped NET_RAW where dropping all is exempt', async () => {
    const policies = [{ level: 'restricted' as const, exempt: ['drop-capabilities' as const] }];
    const dropping = (CapDrop: string[]) =>
      refusals('ContainerCreate', { body: container({}, { CapDrop }) }, policies);
    assert.deepEqual(await dropping(['cap_net_raw']), []);
    assert.deepEqual(await dropping(['NET_ADMIN', 'CAP_ALL']), ['net-raw HostConfig.CapDrop']);
  });

  it('refuses to add back what baseline takes', async () => {
    const body = container({}, { CapAdd: ['NET_BIND_SERVICE', 'CHOWN'] });
    assert.deepEqual(await refusals('ContainerCreate', { body }, restricted), [
      'added-capabilities HostConfig.CapAdd[1]',
    ]);
  });

  it('refuses what makes others pay for memory, and DNS past the policy', async () => {
    const body = container({}, { OomScoreAdj: -500, OomKillDisable: true, Dns: ['10.0.0.1'] });
    assert.deepEqual(await refusals('ContainerCreate', { body }, restricted), [
      'oom HostConfig.OomKillDisable',
      'oom HostConfig.OomScoreAdj',
      'dns-servers HostConfig.Dns[0]',
    ]);
    const spec = service({ OomScoreAdj: -1, DNSConfig: { Nameservers: ['10.0.0.1'] } });
    assert.deepEqual(await refusals('ServiceCreate', { body: spec }, restricted), [
      'oom TaskTemplate.ContainerSpec.OomScoreAdj',
      'dns-servers TaskTemplate.ContainerSpec.DNSConfig.Nameservers[0]',
    ]);
  });

  it('refuses root in an exec, where the container is not', async () => {
    const exec = (User: string) => refusals('ContainerExec', { name: 'app', body: { User } }, restricted);
    assert.deepEqual(await exec('0'), ['run-as-root User']);
    assert.deepEqual(await exec('1000'), []);
    assert.deepEqual(await exec(''), []);
  });

  it('refuses to build', async () => {
    assert.deepEqual(await refusals('ImageBuild', {}, restricted), ['build the path']);
  });
});
