import assert from 'node:assert/strict';
import { judgeAdmission } from '../../../../../rules/authz/admission/index.ts';
import { apiRequest } from '../api-request.ts';
import { fakeSurroundings } from '../fake-surroundings.ts';
import { admissionPolicy, refusals } from './judge.ts';

const privileged = (labels: Record<string, string> = {}) => ({
  body: { Image: 'app:1', Labels: labels, HostConfig: { Privileged: true } },
});
const found = ['privileged HostConfig.Privileged'];

describe('an admission policy matches', () => {
  it('users, by pattern; the local socket by its own word alone', async () => {
    const asking = (users: string[], requester: { kind: 'user'; name: string } | { kind: 'socket' }) =>
      refusals('ContainerCreate', { ...privileged(), requester }, [{ match: { users } }]);
    const dev = { kind: 'user', name: 'dev-1' } as const;
    assert.deepEqual(await asking(['dev-*'], dev), found);
    assert.deepEqual(await asking(['ops', 'dev-2'], dev), []);
    assert.deepEqual(await asking(['*'], { kind: 'socket' }), []);
    assert.deepEqual(await asking(['@socket'], { kind: 'socket' }), found);
    assert.deepEqual(await asking(['@socket'], { kind: 'user', name: '@socket' }), []);
  });

  it('stacks, by the labels of what is made', async () => {
    const asking = (labels: Record<string, string>) =>
      refusals('ContainerCreate', privileged(labels), [{ match: { stacks: ['shop*'] } }]);
    assert.deepEqual(await asking({ 'com.docker.compose.project': 'shop-1' }), found);
    assert.deepEqual(await asking({ 'com.docker.compose.project': 'other' }), []);
    assert.deepEqual(await asking({}), []);
  });

  it('stacks of services, whichever of two labels says so', async () => {
    const asking = (Labels: object, inner: object) => {
      const ContainerSpec = { Labels: inner, CapabilityAdd: ['SYS_ADMIN'] };
      const body = { Labels, TaskTemplate: { ContainerSpec } };
      return refusals('ServiceCreate', { body }, [{ match: { stacks: ['shop'] } }]);
    };
    const shop = { 'com.docker.stack.namespace': 'shop' };
    assert.equal((await asking(shop, {})).length, 1);
    assert.equal((await asking({}, shop)).length, 1);
    assert.equal((await asking({}, {})).length, 0);
  });

  it('the stack that a service is moved out of', async () => {
    const labels = { 'com.docker.stack.namespace': 'shop' };
    const body = { TaskTemplate: { ContainerSpec: { CapabilityAdd: ['SYS_ADMIN'] } } };
    const policies = [{ match: { stacks: ['shop'] } }];
    const asked = { body, name: 'shop_web' };
    const around = { services: [{ name: 'shop_web', labels }] };
    assert.equal((await refusals('ServiceUpdate', asked, policies, around)).length, 1);
  });

  it("stacks of an exec, by its container's labels", async () => {
    const labels = { 'com.docker.stack.namespace': 'shop' };
    const around = { containers: [{ name: 'web', labels }, { name: 'other' }] };
    const asking = (name: string) =>
      refusals(
        'ContainerExec',
        { name, body: { Privileged: true } },
        [{ match: { stacks: ['shop'] } }],
        around,
      );
    assert.deepEqual(await asking('id-web'), ['privileged Privileged']);
    assert.deepEqual(await asking('other'), []);
  });

  it('networks, by name whatever they are called by', async () => {
    const around = { networks: [{ name: 'back' }, { name: 'front' }] };
    const asking = (NetworkMode: string) =>
      refusals(
        'ContainerCreate',
        { body: { Image: 'app:1', HostConfig: { NetworkMode, Privileged: true } } },
        [{ match: { networks: ['back'] } }],
        around,
      );
    assert.deepEqual(await asking('id-back'), found);
    assert.deepEqual(await asking('back'), found);
    assert.deepEqual(await asking('front'), []);
    assert.deepEqual(await asking(''), []);
  });

  it('a network that is joined later, which it refuses', async () => {
    const around = { networks: [{ name: 'back' }] };
    const asking = (match: object) =>
      refusals('NetworkConnect', { name: 'back', body: { Container: 'x' } }, [{ match }], around);
    assert.deepEqual(await asking({ networks: ['back'] }), ['late-network the path']);
    assert.deepEqual(await asking({}), []);
  });

  it('only when all its lists do', async () => {
    const match = { users: ['dev'], stacks: ['shop'] };
    const asked = privileged({ 'com.docker.compose.project': 'shop' });
    assert.deepEqual(await refusals('ContainerCreate', asked, [{ match }]), found);
    const requester = { kind: 'user', name: 'ops' } as const;
    assert.deepEqual(await refusals('ContainerCreate', { ...asked, requester }, [{ match }]), []);
  });

  it('beside others, each with its own mode and name', async () => {
    const admission = [
      admissionPolicy({ name: 'all', mode: 'warn' }),
      admissionPolicy({ name: 'dev', match: { users: ['dev'] } }),
      admissionPolicy({ name: 'ops', match: { users: ['ops'] } }),
    ];
    const request = apiRequest('ContainerCreate', privileged());
    const objections = await judgeAdmission(request, { admission }, fakeSurroundings());
    assert.deepEqual(objections, [
      {
        code: 'admission/privileged',
        message: 'HostConfig.Privileged: asks for all privileges',
        hint: 'Leave it out.',
        policy: 'all',
        mode: 'warn',
      },
      {
        code: 'admission/privileged',
        message: 'HostConfig.Privileged: asks for all privileges',
        hint: 'Leave it out.',
        policy: 'dev',
        mode: 'enforce',
      },
    ]);
  });

  it('nothing, and looks nothing up, where there is none', async () => {
    const unasked = new Proxy(fakeSurroundings(), {
      get: () => assert.fail('looked something up'),
    });
    const request = apiRequest('ContainerCreate', privileged());
    assert.deepEqual(await judgeAdmission(request, { admission: [] }, unasked), []);
    const admission = [admissionPolicy({ match: { users: ['ops'] } })];
    assert.deepEqual(await judgeAdmission(request, { admission }, unasked), []);
    const list = apiRequest('ContainerList', {});
    assert.deepEqual(await judgeAdmission(list, { admission: [admissionPolicy()] }, unasked), []);
  });

  it('not when a look-up fails: then nobody may', async () => {
    const around = { ...fakeSurroundings(), network: () => Promise.reject(new Error('no engine')) };
    const body = { Image: 'app:1', HostConfig: { NetworkMode: 'back' } };
    const request = apiRequest('ContainerCreate', { body });
    await assert.rejects(judgeAdmission(request, { admission: [admissionPolicy()] }, around), /no engine/);
  });
});
