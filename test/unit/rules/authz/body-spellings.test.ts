import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { create } from './call.ts';

describe('two spellings of one body', () => {
  /** A body of the documented form, and one that Go reads as the same. */
  const host = fc.record(
    {
      Privileged: fc.boolean(),
      Memory: fc.maxSafeInteger(),
      Binds: fc.array(fc.string()),
      CapAdd: fc.array(fc.constantFrom('ALL', 'NET_RAW')),
      Sysctls: fc.dictionary(fc.string(), fc.string()),
      Mounts: fc.array(
        fc.record({ Type: fc.constantFrom('bind', 'volume'), Source: fc.string(), ReadOnly: fc.boolean() }),
      ),
    },
    { requiredKeys: [] },
  );
  const body = fc.record(
    { Image: fc.string(), Labels: fc.dictionary(fc.string(), fc.string()), HostConfig: host },
    { requiredKeys: [] },
  );

  function respell(value: unknown, structure: boolean, pick: () => number): string {
    if (typeof value === 'string')
      return `"${[...value].map((c) => (c < ' ' || pick() === 0 ? escaped(c) : JSON.stringify(c).slice(1, -1))).join('')}"`;
    if (Array.isArray(value)) return `[${value.map((item) => respell(item, true, pick)).join(' , ')}]`;
    if (typeof value !== 'object' || value === null) return JSON.stringify(value);
    const pairs = Object.entries(value).map(([key, inner]) => {
      const maps = key === 'Labels' || key === 'Sysctls';
      const name = structure ? [...key].map((c) => anyCase(c, pick())).join('') : key;
      return ` ${respell(name, structure, pick)}\t:\n${respell(inner, !maps, pick)}`;
    });
    return `{${pairs.join(',')}}`;
  }
  const escaped = (c: string) =>
    [...Array(c.length).keys()].map((at) => `\\u${c.charCodeAt(at).toString(16).padStart(4, '0')}`).join('');
  function anyCase(c: string, how: number): string {
    if (how === 1) return c.toUpperCase();
    if (how === 2) return c.toLowerCase();
    if (how === 3 && /[sk]/iu.test(c)) return /s/iu.test(c) ? '\u017f' : '\u212a';
    return c;
  }

  it('are one request, and reading it once more changes nothing', () => {
    fc.assert(
      fc.property(body, fc.infiniteStream(fc.nat(5)), (value, stream) => {
        const pick = () => stream.next().value as number;
        const expected = create(JSON.stringify(value));
        if (typeof expected === 'string') return;
        assert.deepEqual(create(respell(value, true, pick)), expected);
        assert.deepEqual(create(JSON.stringify(expected)), expected);
      }),
    );
  });

  it('but with a field twice, none', () => {
    fc.assert(
      fc.property(body, fc.constantFrom('image', 'IMAGE', 'hostConfig', 'Labels'), (value, again) => {
        const text = JSON.stringify({ Image: 'a', HostConfig: {}, Labels: {}, ...value });
        assert.equal(create(`${text.slice(0, -1)},"${again}":null}`), 'decode/duplicate-key');
      }),
    );
  });

  it('whatever comes, without a fault', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.json(), fc.string({ unit: fc.constantFrom(...'{}[]":,\\u0e1.-ntf "') })),
        (text) => {
          create(text);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
