import assert from 'node:assert/strict';
import type { AdmissionPolicy } from '../../../../../compose-ext/authz/authz-model.ts';
import { refusals } from './judge.ts';

const policy = (edit: Partial<AdmissionPolicy>) => [{ level: 'privileged' as const, ...edit }];
const create = (body: object, edit: Partial<AdmissionPolicy>, around = {}) =>
  refusals('ContainerCreate', { body: { Image: 'app:1', ...body } }, policy(edit), around);
const deploy = (body: object, edit: Partial<AdmissionPolicy>, around = {}) =>
  refusals('ServiceCreate', { body: { TaskTemplate: {}, ...body } }, policy(edit), around);

describe("a policy's settings", () => {
  it('say nothing where they are not written', async () => {
    const body = { HostConfig: { Privileged: true, Runtime: 'x' }, Image: 'latest' };
    assert.deepEqual(await create(body, {}), []);
  });

  it('allow the runtimes they list', async () => {
    const asking = (Runtime: string, edit: Partial<AdmissionPolicy>) =>
      create({ HostConfig: { Runtime } }, edit);
    assert.deepEqual(await asking('runc', { runtimes: ['runsc'] }), ['runtimes HostConfig.Runtime']);
    assert.deepEqual(await asking('runsc', { runtimes: ['runsc'] }), []);
    assert.deepEqual(await asking('runsc', { runtimes: ['runsc'], level: 'baseline' }), []);
    assert.deepEqual(await asking('', { runtimes: [] }), []);
  });

  const registries = ['docker.io/library/*', 'registry.example.com', 'other.example.com:5000/team/*'];
  for (const [Image, allowed] of [
    ['nginx', true],
    ['nginx:1', true],
    ['library/nginx', true],
    ['docker.io/nginx', true],
    ['index.docker.io/library/nginx', true],
    ['user/nginx', false],
    ['docker.io/user/nginx', false],
    ['registry.example.com/a/b/c@sha256:00', true],
    ['REGISTRY.example.com/a', true],
    ['registry.example.com:443/a', false],
    ['registry.example.com.evil.org/a', false],
    ['other.example.com:5000/team/a', true],
    ['other.example.com:5000/b', false],
    ['localhost/nginx', false],
    ['localhost:5000/library/nginx', false],
    ['evil.org/docker.io/library/nginx', false],
    ['sha256:3f5a', false],
    ['cafe', false],
    ['3f5a9c', false],
    ['cafe:1', true],
  ] as const)
    it(`${allowed ? 'allow' : 'refuse'} the image ${Image} by its registry`, async () => {
      const images = { registries };
      assert.deepEqual(await create({ Image }, { images }), allowed ? [] : ['image-registry Image']);
      const body = { TaskTemplate: { ContainerSpec: { Image } } };
      const field = 'TaskTemplate.ContainerSpec.Image';
      assert.deepEqual(await deploy(body, { images }), allowed ? [] : [`image-registry ${field}`]);
      const pulled = await refusals('ImageCreate', { query: { fromImage: Image } }, policy({ images }));
      assert.deepEqual(pulled, allowed ? [] : ['image-registry ?fromImage']);
    });

  it('judge images that are mounted', async () => {
    const HostConfig = { Mounts: [{ Type: 'image', Source: 'evil.org/x' }] };
    assert.deepEqual(await create({ HostConfig, Image: 'nginx' }, { images: { registries } }), [
      'image-registry HostConfig.Mounts[0].Source',
    ]);
  });

  it('ask for a tag or a digest', async () => {
    const asking = (Image: string, require: 'tag' | 'digest') => create({ Image }, { images: { require } });
    const refused = ['image-pinned Image'];
    for (const image of ['nginx', 'nginx:latest', 'localhost:5000/nginx', 'cafe', 'sha256:00'])
      assert.deepEqual(await asking(image, 'tag'), refused, image);
    assert.deepEqual(await asking('localhost:5000/nginx:1', 'tag'), []);
    assert.deepEqual(await asking('nginx:latest@sha256:00', 'tag'), []);
    assert.deepEqual(await asking('nginx:1', 'digest'), refused);
    assert.deepEqual(await asking('nginx@sha256:00', 'digest'), []);
  });

  it('keep images made here from the names of the allowed registries', async () => {
    const images = { registries };
    const asking = (id: string, query: Record<string, string>) =>
      refusals(id, { query, name: 'x' }, policy({ images }));
    assert.deepEqual(await asking('ImageTag', { repo: 'registry.example.com/app', tag: '1' }), [
      'image-relabel ?repo',
    ]);
    assert.deepEqual(await asking('ImageTag', { repo: 'mine.example.com/app', tag: '1' }), []);
    assert.deepEqual(await asking('ImageCommit', { container: 'x', repo: 'nginx' }), ['image-relabel ?repo']);
    assert.deepEqual(await asking('ImageCommit', { container: 'x' }), []);
    assert.deepEqual(await asking('ImageBuild', { t: 'nginx' }), ['image-relabel ?t']);
    assert.deepEqual(await asking('ImageCreate', { fromSrc: '-', repo: 'nginx' }), ['image-relabel ?repo']);
    assert.deepEqual(await asking('ImageLoad', {}), ['image-relabel the body']);
  });

  it('ask for labels', async () => {
    const require = { labels: ['owner', '__proto__'] };
    assert.deepEqual(await create({ Labels: { owner: '' } }, { require }), [
      'required-labels Labels',
      'required-labels Labels',
    ]);
    const Labels = JSON.parse('{"owner": "me", "__proto__": "x"}') as object;
    assert.deepEqual(await deploy({ Labels }, { require }), []);
  });

  it('ask for a network policy', async () => {
    const require = { networkPolicy: true };
    assert.deepEqual(await create({}, { require }), ['network-policy Labels']);
    assert.deepEqual(await create({ HostConfig: { NetworkMode: 'none' } }, { require }), []);
    assert.deepEqual(await deploy({ Labels: { 'swarmwall.egress': 'none' } }, { require }), []);
    assert.deepEqual(await deploy({ Labels: { 'swarmwall.other': 'x' } }, { require }), [
      'network-policy Labels',
    ]);
  });

  it('ask for a network policy of what joins a network later, too', async () => {
    const require = { networkPolicy: true };
    const around = {
      networks: [{ name: 'back' }],
      containers: [{ name: 'alone' }, { name: 'selected', labels: { 'swarmwall.ingress': 'none' } }],
    };
    const connecting = (Container: string) =>
      refusals('NetworkConnect', { name: 'back', body: { Container } }, policy({ require }), around);
    assert.deepEqual(await connecting('alone'), ['network-policy the path']);
    assert.deepEqual(await connecting('selected'), []);
  });

  it('ask for encrypted networks', async () => {
    const require = { encryptedNetwork: true };
    const around = { networks: [{ name: 'open' }, { name: 'safe', encrypted: true }] };
    const asking = (...targets: string[]) =>
      deploy({ TaskTemplate: { Networks: targets.map((Target) => ({ Target })) } }, { require }, around);
    assert.deepEqual(await asking('safe', 'id-open'), ['encrypted-network TaskTemplate.Networks[1].Target']);
    assert.deepEqual(await asking('id-safe'), []);
    assert.deepEqual(await create({}, { require }, around), ['encrypted-network HostConfig.NetworkMode']);
    assert.deepEqual(await create({ HostConfig: { NetworkMode: 'none' } }, { require }, around), []);
    const late = { name: 'open', body: { Container: 'x' } };
    assert.deepEqual(await refusals('NetworkConnect', late, policy({ require }), around), [
      'encrypted-network the path',
    ]);
  });

  it('ask for limits, and that they stay', async () => {
    const require = { memoryLimit: true, cpuLimit: true, pidsLimit: true };
    const all = ['memory-limit', 'cpu-limit', 'pids-limit'];
    assert.deepEqual(
      (await create({ HostConfig: { Memory: 0, PidsLimit: -1 } }, { require })).map(
        (text) => text.split(' ')[0],
      ),
      all,
    );
    assert.deepEqual(
      await create({ HostConfig: { Memory: 1e9, CpuQuota: 50000, PidsLimit: 10 } }, { require }),
      [],
    );
    const Limits = { MemoryBytes: 1e9, NanoCPUs: 1e9, Pids: 10 };
    assert.deepEqual(await deploy({ TaskTemplate: { Resources: { Limits } } }, { require }), []);
    const old = { body: { TaskTemplate: { Resources: { Limits } } }, apiVersion: '1.40' };
    assert.deepEqual(await refusals('ServiceCreate', old, policy({ require })), [
      'pids-limit TaskTemplate.Resources.Limits.Pids',
    ]);
    const lifting = { name: 'x', body: { Memory: -1, CpuQuota: -1, PidsLimit: 0 } };
    assert.deepEqual(await refusals('ContainerUpdate', lifting, policy({ require })), [
      'memory-limit Memory',
      'cpu-limit CpuQuota',
      'pids-limit PidsLimit',
    ]);
    const keeping = { name: 'x', body: { Memory: 0, CpuQuota: 0, PidsLimit: null } };
    assert.deepEqual(await refusals('ContainerUpdate', keeping, policy({ require })), []);
  });
});
