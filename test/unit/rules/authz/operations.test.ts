import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { WORDS, knowsVerb } from '../../../../compose-ext/authz/words.ts';
import { OPERATIONS, operationAt } from '../../../../rules/authz/decode/index.ts';

describe('the table of operations', () => {
  it('speaks in the words that roles know, and each word of a Docker resource is reached', () => {
    const reached = new Set(OPERATIONS.map(({ verb, resource }) => `${resource} ${verb}`));
    for (const { id, verb, resource } of OPERATIONS)
      assert.ok(knowsVerb(resource, verb), `${id}: ${verb} ${resource}`);
    const own = ['policies', 'segments', 'breakglass'];
    for (const [resource, verbs] of Object.entries(WORDS))
      for (const verb of verbs)
        if (!own.includes(resource) && verb !== 'use')
          assert.ok(reached.has(`${resource} ${verb}`), `${verb} ${resource}`);
  });

  const served: readonly (readonly [string, string, string, string?])[] = [
    ['GET', '/containers/json', 'ContainerList'],
    ['GET', '/containers/json/json', 'ContainerInspect', 'json'],
    ['POST', '/containers/create', 'ContainerCreate'],
    ['DELETE', '/containers/web', 'ContainerDelete', 'web'],
    ['DELETE', '/containers/web/checkpoints/one', 'ContainerCheckpointDelete', 'web'],
    ['DELETE', '/containers/a/b/checkpoints/one', 'ContainerDelete', 'a/b/checkpoints/one'],
    ['GET', '/images/registry:5000/team/app/json', 'ImageInspect', 'registry:5000/team/app'],
    ['DELETE', '/images/json', 'ImageDelete', 'json'],
    ['GET', '/networks/', 'NetworkList'],
    ['GET', '/networks/a/b', 'NetworkInspect', 'a/b'],
    ['GET', '/services/a/logs', 'ServiceLogs', 'a'],
    ['POST', '/plugins/pull', 'PluginPull'],
    ['POST', '/plugins/registry/x:1/disable', 'PluginDisable', 'registry/x:1'],
    ['OPTIONS', '/containers/create', 'Options'],
    ['POST', '/grpc', 'Grpc'],
    ['GET', '/debug/pprof/heap', 'DebugPprof', 'heap'],
  ];
  for (const [method, path, id, name] of served)
    it(`${method} ${path} is ${id}`, () => {
      const found = operationAt(method, path);
      assert.equal(found.shape.id, id);
      assert.equal(found.name, name);
    });

  for (const [method, path] of [
    ['POST', '/containers/json'],
    ['GET', '/services/a/b'],
    ['get', '/containers/json'],
    ['PATCH', '/containers/web/json'],
    ['POST', '/containers/create/'],
    ['GET', '/'],
  ] as const)
    it(`${method} ${path} is not known`, () => {
      assert.equal(operationAt(method, path).shape.id, 'Unknown');
    });
});
