import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { AREAS } from '../../attack/attack.ts';
import { attackRow } from '../../attack/attack-row.ts';
import { ATTACKS } from '../../attack/attacks.ts';

const FILE = new URL('../../../docs/attacks.md', import.meta.url);
const LEAST = 50;

describe('docs/attacks.md', () => {
  it('lists every attack that is tried, at least fifty, each by a name of its own', () => {
    assert.ok(ATTACKS.length >= LEAST);
    assert.equal(new Set(ATTACKS.map(({ name }) => name)).size, ATTACKS.length);
    const rows = AREAS.flatMap((area) => {
      const attacks = ATTACKS.filter((attack) => attack.area === area);
      if (attacks.length === 0) return [];
      const head = [
        `### ${area}`,
        '',
        '| attack | from | what it does | why it is stopped |',
        '|---|---|---|---|',
      ];
      return [...head, ...attacks.map(attackRow), ''];
    });
    const table = rows.join('\n').trim();
    const text = readFileSync(FILE, 'utf8');
    const [before = '', listed = '', after = ''] = text.split(/<!-- \/?attacks -->/);
    if (process.env['SWARMWALL_UPDATE_DOCS'] === '1')
      writeFileSync(FILE, `${before}<!-- attacks -->\n\n${table}\n\n<!-- /attacks -->${after}`);
    else assert.equal(listed.trim(), table);
  });
});
