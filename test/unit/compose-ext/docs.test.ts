import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { DIAGNOSTIC_CODES } from '../../../compose-ext/index.ts';
import { lint } from './fixture.ts';

const root = new URL('../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

describe('the documents', () => {
  it('explain every code, and no other', () => {
    const documented = [...read('docs/diagnostics.md').matchAll(/^### `([a-z-]+)`$/gm)].map(
      ([, code]) => code,
    );
    assert.deepEqual([...documented].sort(), [...DIAGNOSTIC_CODES].sort());
  });

  it('have no code that nothing reports', () => {
    const sources = ['compose-ext', 'plugin/cli']
      .flatMap((folder) =>
        readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
          .filter((file) => file.endsWith('.ts') && !file.endsWith('diagnostic-codes.ts'))
          .map((file) => read(`${folder}/${file}`)),
      )
      .join('\n');
    assert.deepEqual(
      DIAGNOSTIC_CODES.filter((code) => !sources.includes(`'${code}'`)),
      [],
    );
  });

  it('show only examples that lint has nothing to say about', () => {
    const examples = [...read('docs/policy-language.md').matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(
      ([, text = '']) => text,
    );
    assert.ok(examples.length >= 2);
    for (const text of examples) {
      assert.deepEqual(
        lint(text).filter(({ code }) => code !== 'selects-nothing'),
        [],
      );
    }
  });
});
