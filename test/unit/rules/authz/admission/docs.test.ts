import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import {
  BASELINE_CHECKS,
  RESTRICTED_CHECKS,
  SETTING_CHECKS,
} from '../../../../../compose-ext/authz/admission-check-ids.ts';
import { loadPolicies } from '../../../../../compose-ext/index.ts';
import { wayRow } from '../../../../e2e/admission/way-row.ts';
import { WAYS } from '../../../../e2e/admission/ways.ts';

const FILE = new URL('../../../../../docs/admission.md', import.meta.url);
const text = readFileSync(FILE, 'utf8');

/** First column of the tables below a heading. */
function checksUnder(heading: string): (string | undefined)[] {
  const section = text.split(/^###? /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, id]) => id);
}

describe('docs/admission.md', () => {
  it('explains each check of each level, and no other', () => {
    assert.deepEqual(checksUnder('Baseline'), [...BASELINE_CHECKS]);
    assert.deepEqual(checksUnder('Restricted'), [...RESTRICTED_CHECKS]);
    assert.deepEqual(checksUnder('Settings'), [...SETTING_CHECKS]);
  });

  it('shows a document that can be applied', () => {
    const [, example = ''] = /^```yaml\n([\s\S]*?)^```$/m.exec(text) ?? [];
    const { documents, diagnostics } = loadPolicies([{ file: 'docs/admission.md', text: example }]);
    assert.deepEqual(diagnostics, []);
    assert.deepEqual(
      documents.map(({ name }) => name),
      ['apps'],
    );
  });

  it('lists every way around that is tried, at least sixty, each by a name of its own', () => {
    assert.ok(WAYS.length >= 60);
    assert.equal(new Set(WAYS.map(({ name }) => name)).size, WAYS.length);
    const rows = ['| way | what is sent | refused by |', '|---|---|---|', ...WAYS.map(wayRow)];
    const [before = '', listed = '', after = ''] = text.split(/<!-- \/?ways -->/);
    if (process.env['SWARMWALL_UPDATE_DOCS'] === '1')
      writeFileSync(FILE, `${before}<!-- ways -->\n\n${rows.join('\n')}\n\n<!-- /ways -->${after}`);
    else assert.deepEqual(listed.trim().split('\n'), rows);
  });
});
