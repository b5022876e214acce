import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { imported, reloaded } from './imported.ts';
import { EXTERNALS, manifests } from './manifest-arbitrary.ts';
import { answersOf } from './same-answers.ts';

describe('An import', () => {
  for (const ipBlockWorkloads of [true, false])
    it(`lets through what the manifests let through, blocks meaning ${ipBlockWorkloads ? 'workloads too' : 'outside only'}`, () => {
      fc.assert(
        fc.property(manifests, (text) => {
          const found = imported(text, { ipBlockWorkloads });
          const { model, addresses } = found.cluster;
          const source = answersOf(
            { model, ...(ipBlockWorkloads && { addresses }) },
            EXTERNALS,
            (key) => found.renamed.get(key) ?? key,
          );
          assert.deepEqual(answersOf({ model: reloaded(found) }, EXTERNALS), source);
        }),
        { numRuns: 30 },
      );
    });

  it('keeps which of two ports with one name is the first, when the other is also there without its name', () => {
    const found = imported(`apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop }
spec:
  containers:
    - { name: main, image: web, ports: [{ containerPort: 81, name: http }, { containerPort: 79 }] }
    - { name: side, image: side, ports: [{ containerPort: 79, name: http }] }
`);
    const [stack] = reloaded(found).stacks;
    assert.deepEqual(
      stack?.services.map(({ ports }) => ports.map(({ name, target }) => `${name ?? ''} ${target}`)),
      [['http 81', 'http 79']],
    );
  });

  it('says which Services it leaves out, and what to do', () => {
    const service = (name: string, spec: string) =>
      `---\napiVersion: v1\nkind: Service\nmetadata: { name: ${name}, namespace: shop }\nspec: ${spec}\n`;
    const found = imported(
      service('web', '{ type: NodePort, ports: [{ port: 80 }] }') +
        service('db', '{ ports: [{ port: 5432 }] }'),
    );
    assert.deepEqual(
      found.diagnostics.map(({ code, message, line }) => `${code} ${line} ${message}`),
      [
        'not-imported 2 the Service shop/web (NodePort) is left out',
        'not-imported 7 the Service shop/db (ClusterIP) is left out',
      ],
    );
    assert.match(found.diagnostics[0]?.hint ?? '', /ports/u);
    assert.match(found.diagnostics[1]?.hint ?? '', /alias/u);
  });
});
