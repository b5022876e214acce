import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createReach, planSegments } from '../../../compose-ext/index.ts';
import { cliqueCover, greedyCover } from '../../../compose-ext/segment/clique-cover.ts';
import { createGraph, edgesOf, pairsOf, type Edge } from '../../../compose-ext/segment/graph.ts';
import { modelOf, stackText } from './models.ts';

/** `a>b`: b lets a in. */
function plan(edges: string, extra = '', isolation: 'strict' | 'balanced' | 'off' = 'strict') {
  return planSegments(modelOf(stackText(edges, extra)), 'shop', { isolation });
}
const membersOf = ({ segments }: ReturnType<typeof plan>) =>
  segments.map(({ members }) => members.map((key) => key.slice('shop/'.length)).join(' '));

describe('segments', () => {
  it('give a chain one segment an edge, and those who talk with nobody their own', () => {
    assert.deepEqual(membersOf(plan('web>api api>db', 'lonely')), ['api db', 'api web', 'lonely']);
  });

  it('put a clique in one segment', () => {
    assert.deepEqual(membersOf(plan('a>b b>c a>c c>d')), ['a b c', 'c d']);
  });

  it('need both sides: an egress rule without its ingress rule is no segment', () => {
    const text = `services:
  a: { image: x, deploy: { labels: { swarmwall.egress: "b:80 c:80", swarmwall.ingress: none } } }
  b: { image: x, deploy: { labels: { swarmwall.ingress: "a:80" } } }
  c: { image: x, deploy: { labels: { swarmwall.ingress: "a:443" } } }
`;
    const { segments } = planSegments(modelOf(text), 'shop');
    assert.deepEqual(
      segments.map(({ members }) => members.join(' ')),
      ['shop/a shop/b', 'shop/c'],
    );
  });

  it('are internal unless a member touches the world', () => {
    const text = `services:
  a: { image: x, deploy: { labels: { swarmwall.egress: "b", swarmwall.ingress: c } } }
  b: { image: x, deploy: { labels: { swarmwall.egress: none, swarmwall.ingress: a } } }
  c: { image: x, ports: ["80:80"], deploy: { labels: { swarmwall.egress: "a" } } }
  d: { image: x, deploy: { labels: { swarmwall.egress: "10.0.0.0/8" } } }
  e: { image: x, deploy: { labels: { swarmwall.ingress: none } } }
`;
    const { segments } = planSegments(modelOf(text), 'shop');
    const internal = Object.fromEntries(
      segments.map(({ members, internal }) => [members.join(' '), internal]),
    );
    assert.deepEqual(internal, {
      'shop/a shop/b': true,
      'shop/a shop/c': false,
      'shop/d': false,
      'shop/e': false,
    });
  });

  it('keep their names whatever the stack is called, within what Docker takes', () => {
    const edges = 'a-very-long-service-name-indeed>another_very.long_service_name--with-things';
    const names = ['shop', 'a-stack-with-a-name-that-is-long-by-itself-48-chars'].map((stack) => {
      const { segments } = planSegments(modelOf([stackText(edges.replace('.', '-')), stack]), stack);
      return segments.map(({ name }) => name);
    });
    for (const name of names.flat()) assert.match(name, /^[a-zA-Z0-9](?:[-_]*[A-Za-z0-9]+)*$/);
    assert.ok(names[0]!.every((name) => name.length <= 40));
    assert.ok(names[1]!.every((name) => name.length + 1 + 51 <= 63));
    assert.deepEqual(plan('web>api').segments[0]!.name, plan('web>api', 'more').segments[0]!.name);
  });

  it('strict: exactly the pairs that may talk share one, and never more segments than edges', () => {
    fc.assert(
      fc.property(graphs, ({ text, size }) => {
        const model = modelOf(text);
        const reach = createReach(model);
        const { segments, pairsKeptApartByRulesOnly } = planSegments(model, 'shop');
        const shared = new Set(segments.flatMap(({ members }) => pairsIn(members)));
        const keys = Array.from({ length: size }, (_, index) => `shop/s${index}`).sort();
        const talking = pairsIn(keys).filter((pair) => {
          const [a = '', b = ''] = pair.split(' ');
          return reach.mayTalk(a, b) || reach.mayTalk(b, a);
        });
        assert.deepEqual([...shared].sort(), talking.sort());
        assert.deepEqual(pairsKeptApartByRulesOnly, []);
        assert.ok(segments.filter(({ members }) => members.length > 1).length <= talking.length);
        assert.deepEqual([...new Set(segments.flatMap(({ members }) => members))].sort(), keys);
      }),
      { numRuns: 150 },
    );
  });

  it('balanced: never more segments, and names every pair kept apart by rules only', () => {
    fc.assert(
      fc.property(graphs, ({ text }) => {
        const model = modelOf(text);
        const reach = createReach(model);
        const strict = planSegments(model, 'shop', { isolation: 'strict' });
        const balanced = planSegments(model, 'shop', { isolation: 'balanced' });
        assert.ok(balanced.segments.length <= strict.segments.length);
        const apart = new Set(balanced.pairsKeptApartByRulesOnly.map((pair) => pair.join(' ')));
        const shared = new Set(balanced.segments.flatMap(({ members }) => pairsIn(members)));
        for (const pair of shared) {
          const [a = '', b = ''] = pair.split(' ');
          assert.equal(apart.has(pair), !reach.mayTalk(a, b) && !reach.mayTalk(b, a));
        }
        for (const pair of strict.segments.flatMap(({ members }) => pairsIn(members)))
          assert.ok(shared.has(pair));
      }),
      { numRuns: 100 },
    );
  });

  it('balanced: a hub has one segment instead of many', () => {
    const star = plan('a>hub b>hub c>hub d>hub', '', 'balanced');
    assert.deepEqual(membersOf(star), ['a b c d hub']);
    assert.equal(star.pairsKeptApartByRulesOnly.length, 6);
  });

  it('off: none', () => assert.deepEqual(plan('a>b', '', 'off').segments, []));
});

describe('the clique cover', () => {
  it('finds the fewest where greedy does not', () => {
    // A triangle in the middle of three others: its edges are theirs too.
    const edges: Edge[] = [
      [0, 1],
      [1, 2],
      [0, 2],
      [0, 3],
      [1, 3],
      [1, 4],
      [2, 4],
      [0, 5],
      [2, 5],
    ];
    assert.equal(cliqueCover(createGraph(6, edges)).length, 3);
  });

  it('covers each edge by cliques, also beyond what can be searched', () => {
    const random = fc.integer({ min: 2, max: 40 }).chain((size) =>
      fc.record({
        size: fc.constant(size),
        edges: fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 150 }),
      }),
    );
    fc.assert(
      fc.property(random, ({ size, edges }) => {
        const graph = createGraph(size, edges);
        const wanted = edgesOf(graph).map(String).sort();
        for (const cover of [cliqueCover(graph), greedyCover(graph, edgesOf(graph))]) {
          const covered = new Set(cover.flatMap(pairsOf).map(String));
          assert.deepEqual([...covered].sort(), wanted);
          assert.ok(cover.length <= wanted.length);
        }
        assert.ok(cliqueCover(graph).length <= greedyCover(graph, edgesOf(graph)).length);
      }),
      { numRuns: 100 },
    );
  });
});

describe('segments between stacks', () => {
  const shop = `services:
  api: { image: x, deploy: { labels: { swarmwall.ingress: "mon/prom:9090" } } }
  db: { image: x, deploy: { labels: { swarmwall.ingress: api } } }
`;
  const monitor = (label: string) => `services: { prom: { image: x, deploy: { labels: { ${label} } } } }`;

  it('have one name, from either side', () => {
    const model = modelOf([shop, 'shop'], [monitor('swarmwall.egress: "shop/api"'), 'mon']);
    const [mine, theirs] = ['shop', 'mon'].map((stack) => planSegments(model, stack).external);
    assert.deepEqual(mine, theirs);
    assert.deepEqual(
      mine!.map(({ members }) => members),
      [['mon/prom', 'shop/api']],
    );
    assert.match(mine![0]!.name, /^sw-x-mon-prom-shop-api-[0-9a-f]{8}$/);
  });

  it('are not made when the other side forbids it', () => {
    const model = modelOf([shop, 'shop'], [monitor('swarmwall.egress: none'), 'mon']);
    assert.deepEqual(planSegments(model, 'shop').external, []);
  });

  it('take a service of a stack that is not known at its word', () => {
    const [external] = planSegments(modelOf([shop, 'shop']), 'shop').external;
    assert.deepEqual([external?.members, external?.internal], [['mon/prom', 'shop/api'], false]);
  });

  it('are not made for "any": that would join every stack with every other', () => {
    const open = 'services: { api: { image: x, deploy: { labels: { swarmwall.ingress: any } } } }';
    assert.deepEqual(
      planSegments(modelOf([open, 'shop'], ['services: { a: { image: x } }', 'mon']), 'shop').external,
      [],
    );
  });
});

function pairsIn(members: readonly string[]): string[] {
  return members.flatMap((a, index) => members.slice(index + 1).map((b) => `${a} ${b}`));
}

const graphs: fc.Arbitrary<{ text: string; size: number }> = fc.integer({ min: 1, max: 9 }).chain((size) => {
  const service = fc.nat(size - 1);
  const entry = fc
    .tuple(service, fc.constantFrom('', ':80', ':443', ':53/udp', ':http'))
    .map(([index, port]) => `s${index}${port}`);
  const label = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.array(entry, { minLength: 1, maxLength: 3 }).map((entries) => entries.join(' ')),
    },
    { weight: 1, arbitrary: fc.constantFrom('none', 'any', '{side=l}', '{!side}:80', 'world') },
  );
  const one = fc.record({
    ingress: fc.option(label, { freq: 5 }),
    egress: fc.option(label, { freq: 2 }),
    side: fc.option(fc.constantFrom('l', 'r')),
  });
  return fc.array(one, { minLength: size, maxLength: size }).map((services) => ({
    size,
    text: `services:\n${services
      .map(({ ingress, egress, side }, index) => {
        const labels = { 'swarmwall.ingress': ingress, 'swarmwall.egress': egress, side };
        const written = Object.entries(labels).filter(([, value]) => value !== null);
        return `  s${index}: { image: x, ports: [{ target: 80, name: http }], deploy: { labels: ${JSON.stringify(Object.fromEntries(written))} } }\n`;
      })
      .join('')}x-swarmwall: {}\n`,
  }));
});
