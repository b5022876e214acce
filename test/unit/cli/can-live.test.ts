import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { cli } from './fake-io.ts';
import { CLUSTER, serving } from './status-answers.ts';

describe('swarmwall can, live', () => {
  it('asks the controller on this node', async () => {
    const model = {
      revision: 1,
      stacks: [
        {
          name: 'shop',
          labels: {},
          annotated: true,
          defaults: { ingress: 'deny', egress: 'allow' },
          mode: 'enforce',
        },
      ],
      services: ['web', 'db'].map((name) => ({
        key: `shop/${name}`,
        stack: 'shop',
        name,
        labels: {},
        ports: [],
        policies: [],
      })),
      networks: [],
      nodes: [],
      problems: [],
    };
    const world = { getApi: serving({ 'controller /v1/model': model, 'controller /v1/status': CLUSTER }) };
    const ran = await cli(['can', 'web', 'db:5432'], { world });
    assert.equal(ran.exitCode, 1);
    assert.match(ran.stdout, /^denied {2}shop\/web → shop\/db:5432\/tcp\n/u);
    assert.equal((await cli(['can', 'wbe', 'db'], { world })).exitCode, 2);
    assert.equal((await cli(['can', '--stack', 'shop', 'web', 'db'], { world })).exitCode, 2);
  });
});
