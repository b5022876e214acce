import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { cli } from './fake-io.ts';
import { inTree } from './manifest-files.ts';

const SERVICES = {
  web: { image: 'w:1' },
  db: { image: 'd:1', deploy: { labels: { 'swarmwall.ingress': 'shop/web:5432' } } },
};
const BLOCK = `services: ${JSON.stringify(SERVICES)}\n`;
const JSON_FILE = JSON.stringify({ name: 'shop', services: SERVICES }, undefined, 2);

async function stackOf(cwd: string, ...files: readonly string[]): Promise<string> {
  const named = files.flatMap((file) => ['-c', file]);
  const ran = await cli(['can', ...named, 'web', 'db:5432'], { cwd });
  return /(\S+)\/web → /u.exec(ran.stdout)?.[1] ?? ran.stderr;
}

describe('the name of a stack', () => {
  for (const [how, text] of Object.entries({
    'as a plain key': `name: shop\n${BLOCK}`,
    'in quotes': `"name": shop\n${BLOCK}`,
    'in single quotes': `'name' : shop\n${BLOCK}`,
    'as an explicit key': `? name\n: shop\n${BLOCK}`,
    'of JSON': JSON_FILE,
    'in braces': `{ name: shop, ${BLOCK.trim()} }\n`,
    'of an output of compile': `"x-name": shop\n${BLOCK}`,
    'by a merge': `x-a: &a { name: shop }\n<<: *a\n${BLOCK}`,
    'by a variable': `name: \${PROJECT:-shop}\n${BLOCK}`,
  }))
    it(`is the file's own, ${how}`, () =>
      inTree({ 'other/compose.yaml': text }, async (cwd) => {
        assert.equal(await stackOf(cwd, 'other/compose.yaml'), 'shop');
        assert.equal((await cli(['can', '-c', 'other/compose.yaml', 'web', 'db:5432'], { cwd })).exitCode, 0);
        assert.match((await cli(['can', '-c', '-', 'web', 'db:5432'], { stdin: text })).stdout, /shop\/web/u);
      }));

  for (const [how, text] of Object.entries({
    'has none': BLOCK,
    'has an empty one': `name: ""\n${BLOCK}`,
  }))
    it(`is its path's when the file ${how}`, () =>
      inTree({ 'other/compose.yaml': text, 'own.yaml': text }, async (cwd) => {
        assert.equal(await stackOf(cwd, 'other/compose.yaml'), 'other');
        assert.equal(await stackOf(cwd, 'own.yaml'), 'own');
        assert.match(
          (await cli(['can', '-c', '-', 'web', 'db:5432'], { stdin: text })).stdout,
          /stdin\/web/u,
        );
      }));

  it('may be said by any of several files, not by one that is included', () =>
    inTree(
      {
        'a.yaml': BLOCK,
        'b.yaml': '"name": shop\n',
        'c.yaml': '{ "name": "late" }\n',
        'outer.yaml': 'include: [in/compose.yaml]\n' + BLOCK,
        'in/compose.yaml': 'name: inner\nservices: {}\n',
      },
      async (cwd) => {
        assert.equal(await stackOf(cwd, 'a.yaml', 'b.yaml'), 'shop');
        assert.equal(await stackOf(cwd, 'a.yaml', 'b.yaml', 'c.yaml'), 'late');
        assert.equal(await stackOf(cwd, 'outer.yaml'), 'outer');
      },
    ));

  it('is lent by one side of diff to the other only when that has none', () =>
    inTree(
      { 'a/compose.yaml': JSON_FILE, 'b/compose.yaml': BLOCK, 'c/compose.yaml': `"name": other\n${BLOCK}` },
      async (cwd) => {
        const same = { exitCode: 0, stdout: 'no change of reachability\n' };
        for (const sides of [
          ['a', 'b'],
          ['b', 'a'],
        ]) {
          const { exitCode, stdout } = await cli(['diff', ...sides], { cwd });
          assert.deepEqual({ exitCode, stdout }, same);
        }
        assert.match((await cli(['diff', 'a', 'c'], { cwd })).stdout, /^- {2}shop\/web +shop\/db/mu);
      },
    ));
});
