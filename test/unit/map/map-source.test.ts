import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { mapSource } from '../../../plugin/map/map-source.ts';
import { createFlowHub, type NodePast } from '../../../plugin/controller/flow-hub.ts';
import type { ClusterPicture } from '../../../plugin/controller/cluster-view.ts';
import type { FlowQuery, FlowRecord } from '../../../rules/flows/flow-record.ts';
import { aFlow, serviceEnd } from '../rules/flows/a-flow.ts';

const flow = (name: string, last: number): FlowRecord =>
  aFlow({ source: serviceEnd(name), first: last, last });

function sourceOf(past: readonly NodePast[], picture: () => ClusterPicture | undefined = () => undefined) {
  const asked: FlowQuery[] = [];
  const hub = createFlowHub({
    askNodes: (query) => {
      asked.push(query);
      return Promise.resolve(past);
    },
    losses: () => [{ notice: 'lost', message: 'some were lost' }],
  });
  return { asked, hub, source: mapSource(picture, hub) };
}

describe("the map's source", () => {
  it('has the flows of the past first, then those that come, each once and no notices', async () => {
    const [old, both, live] = [flow('a/old', 1_000), flow('a/both', 2_000), flow('a/live', 3_000)];
    const { asked, hub, source } = sourceOf([
      { node: 'n1', flows: [old, both] },
      { node: 'n2', flows: [], error: 'its agent is not connected' },
    ]);
    const ending = new AbortController();
    const found: (string | undefined)[] = [];
    const reading = (async () => {
      for await (const { source: from } of source.flows!(500, ending.signal)) found.push(from.service);
    })();
    // Followed from the first moment on: what comes while the past is asked for is not lost.
    await new Promise((resolve) => setImmediate(resolve));
    hub.add([both]);
    hub.notice({ notice: 'lost', message: 'more were lost' });
    hub.add([live]);
    while (found.length < 3) await new Promise((resolve) => setImmediate(resolve));
    ending.abort();
    await reading;
    assert.deepEqual(found, ['a/old', 'a/both', 'a/live']);
    assert.deepEqual(asked, [{ since: 500, limit: 20_000 }]);
  });

  it('knows no cluster before the controller does', () => {
    assert.equal(sourceOf([]).source.cluster(), undefined);
  });

  it('has the same cluster while the picture is the same', () => {
    const picture = (hostname: string) =>
      ({
        view: {
          ...{ stacks: new Map(), services: new Map(), networks: new Map(), settings: {} },
          ...{ nodeAddresses: [], clusterPolicies: [], groups: [] },
          endpoints: new Map([
            ['1', { network: 'net', address: '10.0.0.2', owner: { kind: 'service', service: 'shop/web' } }],
            ['2', { network: 'net', address: '10.0.0.3', owner: { kind: 'load-balancer', node: 'id1' } }],
          ]),
        },
        placement: {
          nodes: new Map([['id1', { hostname }]]),
          tasksByNode: new Map([
            [
              'id1',
              new Map([
                ['task1', 'shop/web'],
                ['task2', 'shop/web'],
              ]),
            ],
          ]),
        },
      }) as unknown as ClusterPicture;
    let now = picture('n1');
    const { source } = sourceOf([], () => now);
    const first = source.cluster();
    assert.equal(source.cluster(), first);
    assert.deepEqual(first?.nodesOf.get('shop/web'), ['n1']);
    assert.deepEqual([...(first?.members.get('net') ?? [])], ['shop/web']);
    now = picture('n2');
    assert.deepEqual(source.cluster()?.nodesOf.get('shop/web'), ['n2']);
  });
});
