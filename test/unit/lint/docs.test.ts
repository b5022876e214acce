import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { LINT_RULES } from '../../../compose-ext/index.ts';
import { codes } from './lint-texts.ts';

const text = readFileSync(new URL('../../../docs/lint.md', import.meta.url), 'utf8');
const sections = new Map(
  text
    .split(/^### /mu)
    .slice(1)
    .map((section) => [/^`([a-z-]+)`/u.exec(section)?.[1] ?? '', section]),
);
const examples = (section: string) =>
  [...section.matchAll(/^```yaml\n([^]*?)^```$/gmu)].map(([, yaml = '']) => yaml);

describe('docs/lint.md', () => {
  it('has a section for every rule, and no other', () => {
    assert.deepEqual([...sections.keys()].sort(), LINT_RULES.map(({ id }) => id).sort());
  });

  for (const { id } of LINT_RULES)
    it(`${id}: the bad example has it and nothing else, the good one nothing`, () => {
      const [bad = '', good = '', ...more] = examples(sections.get(id) ?? '');
      assert.equal(more.length, 0);
      assert.deepEqual([...new Set(codes(bad))], [id]);
      assert.deepEqual(codes(good), []);
    });

  it('silences as it says', () => {
    for (const yaml of examples(text.split('# Rules')[0] ?? '')) {
      assert.deepEqual(codes(yaml), []);
      assert.notDeepEqual(codes(yaml.replace(/# swarmwall-ignore|untagged-image: off/u, '# ')), []);
    }
  });
});
