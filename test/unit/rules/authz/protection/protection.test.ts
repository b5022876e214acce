import assert from 'node:assert/strict';
import { judgeProtection } from '../../../../../rules/authz/protection/index.ts';
import { apiRequest, type Asked } from '../api-request.ts';
import { fakeSurroundings } from '../fake-surroundings.ts';
import { LABEL_AND_SEGMENT_CASES } from './label-and-segment-cases.ts';
import { OWN_CASES } from './own-cases.ts';
import { stack } from './refused-case.ts';
import { AROUND, EDIT, found, OTHERS } from './shop.ts';

describe('protection', () => {
  for (const { title, id, asked, expected, enough, tooLittle } of [
    ...LABEL_AND_SEGMENT_CASES,
    ...OWN_CASES,
  ]) {
    it(`keeps ${title} for those whose role says so`, async () => {
      assert.deepEqual(await found(id, asked), expected);
      if (enough !== undefined) assert.deepEqual(await found(id, asked, [enough]), []);
      if (tooLittle !== undefined) assert.deepEqual(await found(id, asked, [tooLittle]), expected);
    });
  }

  const taken: readonly (readonly [title: string, id: string, asked: Asked])[] = [
    [
      "Compose's own labels",
      'ContainerCreate',
      { body: { Labels: { 'com.docker.compose.project': 'blog', 'com.dockerx': '', other: 'swarmwall.' } } },
    ],
    [
      "a project's container on the project's own segment",
      'ContainerCreate',
      {
        body: {
          Labels: { 'com.docker.compose.project': 'blog' },
          HostConfig: { NetworkMode: 'blog_sw-web' },
        },
      },
    ],
    [
      'a connection within a project',
      'NetworkConnect',
      { name: 'blog_sw-web', body: { Container: 'blog-web-1' } },
    ],
    [
      'a service on a segment of its stack',
      'ServiceCreate',
      { body: { Labels: stack('shop'), TaskTemplate: { Networks: [{ Target: 'shop_sw-api' }] } } },
    ],
    [
      'an update that leaves policy and segments as they are',
      'ServiceUpdate',
      {
        name: 'shop_api',
        body: {
          Labels: { ...stack('shop'), 'swarmwall.ingress': 'web:80' },
          TaskTemplate: { Networks: [{ Target: 'sw-x-a-b' }] },
        },
      },
    ],
    [
      'the namespaces of a container that is on no segment',
      'ContainerCreate',
      { body: { HostConfig: { NetworkMode: 'container:plain' } } },
    ],
    [
      'the guard runtime',
      'ContainerCreate',
      { body: { HostConfig: { NetworkMode: 'open', Runtime: 'swarmwall' } } },
    ],
    [
      'another runtime off the guarded networks',
      'ContainerCreate',
      { body: { HostConfig: { NetworkMode: 'bridge', Runtime: 'runsc' } } },
    ],
    ['other configs', 'ConfigDelete', { name: 'app.conf' }],
    ['other plugins', 'PluginDisable', { name: 'sshfs:latest' }],
    ['other services', 'ServiceDelete', { name: 'shop_api' }],
    ['other containers', 'ContainerKill', { name: 'plain' }],
    ['other volumes', 'VolumeDelete', { name: 'swarmwallpaper' }],
    [
      'a stack that begins alike',
      'ServiceCreate',
      { body: { Name: 'swarmwall-demo_web', Labels: stack('swarmwall-demo') } },
    ],
    ['configs that begin alike', 'ConfigCreate', { body: { Name: 'swarmwall-demo' } }],
    ['other networks', 'NetworkDelete', { name: 'open' }],
  ];
  for (const [title, id, asked] of taken)
    it(`says nothing of ${title}`, async () => {
      assert.deepEqual(await found(id, asked), []);
    });

  it('leaves everything but break-glass to everybody while no roles are stored', async () => {
    const asking = (id: string, asked: Asked) =>
      judgeProtection(apiRequest(id, asked), { roles: [], bindings: [] }, fakeSurroundings(AROUND));
    assert.deepEqual(await asking('ConfigDelete', { name: 'swarmwall-policy.1.abc' }), []);
    assert.equal((await asking('PluginDisable', { name: 'guard:latest' })).length, 1);
    const requester = { kind: 'socket' } as const;
    assert.deepEqual(await asking('PluginDisable', { name: 'guard:latest', requester }), []);
  });

  it('says who lacks what, and where', async () => {
    const request = apiRequest('ContainerCreate', { body: { HostConfig: { NetworkMode: 'shop_sw-api' } } });
    const policy = { roles: [EDIT], bindings: [OTHERS] };
    assert.deepEqual(await judgeProtection(request, policy, fakeSurroundings(AROUND)), [
      {
        code: 'protection/segment',
        message:
          'HostConfig.NetworkMode: joins "shop_sw-api", a segment for the services that its policy names',
        hint: 'No role of "dev" has the verb join on segments, bound in stack shop or everywhere.',
        policy: 'built-in',
        mode: 'enforce',
      },
    ]);
  });
});
