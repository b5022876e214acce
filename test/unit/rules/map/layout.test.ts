import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { layersOf } from '../../../../rules/map/layers.ts';
import { type Box, layoutMap, WIDEST } from '../../../../rules/map/layout.ts';
import { type MapPlace, placeId } from '../../../../rules/map/map-data.ts';

const name = fc.oneof(fc.constantFrom('__proto__', 'constructor', ''), fc.string({ maxLength: 300 }));
const places = fc
  .uniqueArray(
    fc.record({ stack: fc.oneof(fc.constantFrom('a', 'b', 'c'), name), name, outside: fc.boolean() }),
    {
      maxLength: 90,
      selector: ({ stack, name: own, outside }) => JSON.stringify([outside ? '' : stack, own, outside]),
    },
  )
  .map((all) =>
    all.map(({ stack, name: own, outside }): MapPlace => {
      const kind = outside ? 'outside' : 'service';
      // Both may hold any character, and what makes two of them one id is refused by Docker.
      const id = placeId(kind, outside ? own : JSON.stringify([stack, own]));
      return {
        id,
        kind,
        stack: outside ? '' : stack,
        name: own,
        ingress: true,
        egress: false,
        mode: 'enforce',
      };
    }),
  );
const map = places.chain((all) => {
  const id = all.length === 0 ? fc.constant('') : fc.constantFrom(...all.map((place) => place.id));
  return fc.record({
    places: fc.constant(all),
    arrows: fc.array(fc.record({ from: id, to: id }), { maxLength: 120 }),
  });
});

const apart = (a: Box, b: Box): boolean =>
  a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
const within = (inner: Box, outer: Box): boolean =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height;

describe("the map's layout", () => {
  it('gives every place a box of its own, in its stack’s, within the map', () => {
    fc.assert(
      fc.property(map, ({ places: all, arrows }) => {
        const layout = layoutMap(all, arrows);
        const boxes = [...layout.places.values()];
        assert.equal(boxes.length, all.length);
        boxes.forEach((box, index) => {
          assert.ok(box.width <= WIDEST);
          assert.ok(boxes.slice(index + 1).every((other) => apart(box, other)));
        });
        const stacks = [...layout.stacks.values()];
        stacks.forEach((box, index) => {
          assert.ok(stacks.slice(index + 1).every((other) => apart(box, other)));
          assert.ok(within(box, { x: 0, y: 0, width: layout.width, height: layout.height }));
        });
        for (const box of boxes) assert.equal(stacks.filter((stack) => within(box, stack)).length, 1);
      }),
      { numRuns: 60 },
    );
  });

  it('is the same whatever the order of places and arrows', () => {
    fc.assert(
      fc.property(map, ({ places: all, arrows }) => {
        assert.deepEqual(layoutMap(all, arrows), layoutMap(all.toReversed(), arrows.toReversed()));
      }),
      { numRuns: 60 },
    );
  });

  it('places clients left of what they use', () => {
    const place = (key: string): MapPlace => ({
      ...{ id: placeId('service', key), kind: 'service', stack: 'shop', name: key },
      ...{ ingress: true, egress: true, mode: 'enforce' },
    });
    const arrows = [
      ['web', 'api'],
      ['api', 'db'],
      ['worker', 'db'],
    ].map(([from = '', to = '']) => ({ from: placeId('service', from), to: placeId('service', to) }));
    const { places: boxes } = layoutMap(['db', 'api', 'web', 'worker'].map(place), arrows);
    for (const { from, to } of arrows) assert.ok(boxes.get(from)!.x < boxes.get(to)!.x, `${from} ${to}`);
  });

  it('breaks cycles, and leaves nothing out and no layer empty', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const end = fc.constantFrom(...names);
    fc.assert(
      fc.property(
        fc.array(fc.record({ from: end, to: end })),
        fc.integer({ min: 1, max: 6 }),
        (arrows, most) => {
          const layers = layersOf(names, arrows, most);
          assert.deepEqual(layers.flat().toSorted(), names);
          assert.ok(layers.length <= most);
          assert.ok(layers.every((layer) => layer.length > 0));
        },
      ),
    );
  });
});
