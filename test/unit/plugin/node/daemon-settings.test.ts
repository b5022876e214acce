import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  addAuthorizationPlugin,
  listedPlugins,
  removeAuthorizationPlugin,
} from '../../../../plugin/node/daemon-settings.ts';

const textOf = (edited: ReturnType<typeof addAuthorizationPlugin>): string => {
  assert.ok('text' in edited, JSON.stringify(edited));
  return edited.text;
};
const add = (text: string | undefined): string => textOf(addAuthorizationPlugin(text, 'swarmwall'));
const remove = (text: string): string => textOf(removeAuthorizationPlugin(text, 'swarmwall'));

describe('daemon.json', () => {
  const cases: readonly (readonly [string | undefined, string])[] = [
    [undefined, '{\n  "authorization-plugins": ["swarmwall"]\n}\n'],
    ['\n', '{\n  "authorization-plugins": ["swarmwall"]\n}\n'],
    ['{}', '{\n  "authorization-plugins": ["swarmwall"]\n}'],
    ['{ }\n', '{\n  "authorization-plugins": ["swarmwall"]\n}\n'],
    ['{"debug":true}', '{"debug":true, "authorization-plugins": ["swarmwall"]}'],
    [
      '{\n\t"debug": true,\n\t"hosts": ["a", "b"]\n}\n',
      '{\n\t"debug": true,\n\t"hosts": ["a", "b"],\n\t"authorization-plugins": ["swarmwall"]\n}\n',
    ],
    ['{"authorization-plugins": []}', '{"authorization-plugins": ["swarmwall"]}'],
    ['{"authorization-plugins": ["a","b"]}', '{"authorization-plugins": ["a","b","swarmwall"]}'],
    [
      '{\r\n  "authorization-plugins": [\r\n    "other"\r\n  ],\r\n  "debug": true\r\n}',
      '{\r\n  "authorization-plugins": [\r\n    "other",\r\n    "swarmwall"\r\n  ],\r\n  "debug": true\r\n}',
    ],
    ['\uFEFF{"debug": true}', '\uFEFF{"debug": true, "authorization-plugins": ["swarmwall"]}'],
    [
      '{"a": "},{\\"", "b": [[1], {"c": {}}]}',
      '{"a": "},{\\"", "b": [[1], {"c": {}}], "authorization-plugins": ["swarmwall"]}',
    ],
  ];
  for (const [before, after] of cases)
    it(`gets the plugin, and nothing else changes: ${JSON.stringify(before ?? 'no file')}`, () => {
      assert.equal(add(before), after);
      assert.equal(add(after), after, 'twice');
    });

  it('is left as it is where the plugin is listed already, also with its tag', () => {
    for (const name of ['swarmwall', 'swarmwall:latest']) {
      const text = `{ "authorization-plugins" : [ "${name}" ] }`;
      assert.equal(add(text), text);
      assert.deepEqual(listedPlugins(text), [name]);
    }
  });

  for (const [text, why] of [
    ['{"debug": true,}', /not valid JSON/u],
    ['[]', /not a JSON object/u],
    ['{"authorization-plugins": "a"}', /not a list of names/u],
    ['{"authorization-plugins": [1]}', /not a list of names/u],
    ['{"authorization-plugins": [], "authorization-plugins": ["a"]}', /more than once/u],
  ] as const)
    it(`is not edited when it can't be read: ${text}`, () => {
      for (const edit of [addAuthorizationPlugin, removeAuthorizationPlugin]) {
        const edited = edit(text, 'swarmwall');
        assert.ok('problem' in edited);
        assert.match(edited.problem, why);
      }
      assert.equal(listedPlugins(text), undefined);
    });

  it('loses the plugin wherever it stands, and the key with it when it was alone', () => {
    assert.equal(
      remove('{"authorization-plugins": ["a", "swarmwall:latest", "b"]}'),
      '{"authorization-plugins": ["a", "b"]}',
    );
    assert.equal(remove('{"authorization-plugins": ["swarmwall", "b"]}'), '{"authorization-plugins": ["b"]}');
    assert.equal(remove('{"authorization-plugins": ["swarmwall"], "debug": true}'), '{"debug": true}');
    assert.equal(remove('{"authorization-plugins": ["swarmwall"]}'), '{}');
    assert.equal(remove('{"debug": true}'), '{"debug": true}');
  });

  const settings = fc.dictionary(
    fc.oneof(fc.constantFrom('debug', 'hosts', '__proto__', 'log-opts'), fc.string()),
    fc.jsonValue({ maxDepth: 3 }),
    { minKeys: 1 },
  );
  const indent = fc.constantFrom('', ' ', '  ', '\t');

  it('has the same bytes after the plugin came and went (property)', () => {
    fc.assert(
      fc.property(settings, indent, fc.constantFrom('', '\n'), (value, space, end) => {
        const text = `${JSON.stringify(value, undefined, space)}${end}`;
        const added = add(text);
        assert.deepEqual(
          JSON.parse(added),
          Object.defineProperty(JSON.parse(text) as object, 'authorization-plugins', {
            ...{ value: ['swarmwall'], enumerable: true, writable: true, configurable: true },
          }),
        );
        assert.equal(remove(added), text);
      }),
    );
  });

  it('has the same bytes after the plugin joined others and left (property)', () => {
    fc.assert(
      fc.property(settings, fc.array(fc.string(), { minLength: 1 }), indent, (value, others, space) => {
        const text = JSON.stringify({ 'authorization-plugins': others, ...value }, undefined, space);
        if (others.includes('swarmwall')) return;
        const added = add(text);
        assert.deepEqual(listedPlugins(added), [...others, 'swarmwall']);
        assert.equal(remove(added), text);
      }),
    );
  });
});
