import assert from 'node:assert/strict';
import { execa } from 'execa';

const MODULE = new URL('../../../../plugin/process/spare-memory.ts', import.meta.url).href;
const FULL = 16;
/** Makes and forgets many objects, and says how many MiB of memory are kept for young ones. */
const CHURN = `
import { getHeapSpaceStatistics } from 'node:v8';
let kept = [];
for (let made = 0; made < 1_000_000; made += 1) {
  kept.push({ made, text: String(made) });
  if (kept.length > 20_000) kept = kept.slice(10_000);
}
const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
console.log(young.space_size / 2 ** 20);
`;

async function youngSpace(before: string): Promise<number> {
  const { stdout } = await execa('node', [
    ...['--import', 'tsx', '--input-type=module', '--eval'],
    `import { spareMemory } from ${JSON.stringify(MODULE)};\n${before}\n${CHURN}`,
  ]);
  return Number(stdout);
}

describe('memory that is spared', () => {
  it('is that of young objects, whose space does not grow', async () => {
    const [spared, usual] = await Promise.all([youngSpace('spareMemory();'), youngSpace('')]);
    assert.ok(usual >= FULL, `${String(usual)} MiB`);
    assert.ok(spared <= FULL / 4, `${String(spared)} MiB`);
  });
});
