import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { describe, it } from 'mocha';
import { cli } from './fake-io.ts';

/** `SWARMWALL_UPDATE_DOCS=1` writes the outputs into the documents, for a person to look at with git diff. */
const UPDATE = Boolean(process.env['SWARMWALL_UPDATE_DOCS']);
const DOCUMENTS = ['README.md', 'docs/cli.md', 'docs/kubernetes.md'];
const PROMPTS = ['$ npm run -s swarmwall -- ', '$ docker swarmwall ', '$ swarmwall '];

const BLOCK = /(?<=^```console\n)[^]*?(?=^```$)/gmu;

/** Splits as a shell does, as far as documents need it. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/gu)].map(
    ([, one, two, bare]) => one ?? two ?? bare ?? '',
  );
}

/** The block with what its commands print now. */
async function rerun(block: string, document: string): Promise<string> {
  const commands = block.split('\n').filter((line) => line.startsWith('$ '));
  const parts: string[] = [];
  for (const line of commands) {
    const prompt = PROMPTS.find((each) => line.startsWith(each));
    assert.ok(prompt !== undefined, `${document}: only swarmwall itself is run: ${line}`);
    // A remark after the command, as a shell takes it.
    const ran = await cli(words(line.slice(prompt.length).replace(/ +# .*$/u, '')));
    parts.push(`${line}\n${ran.screen}`);
  }
  return parts.join('\n');
}

/** Every command as its words, those below others included. */
async function commandsBelow(parent: readonly string[]): Promise<readonly (readonly string[])[]> {
  const help = (await cli([...parent, '--help'])).stdout;
  const listed = /^Commands:\n((?: {2}.*\n)+)/mu.exec(help)?.[1] ?? '';
  const names = [...listed.matchAll(/^ {2}([a-z\d]+) .*$/gmu)].map(([, name]) => name ?? '');
  const own = names.filter((name) => name !== 'help').map((name) => [...parent, name]);
  return [...own, ...(await Promise.all(own.map(commandsBelow))).flat()];
}

describe('the documents', () => {
  for (const document of DOCUMENTS)
    it(`show what the commands print: ${document}`, async () => {
      const text = await readFile(document, 'utf8');
      const blocks = text.match(BLOCK) ?? [];
      assert.ok(blocks.length > 0);
      let updated = text;
      for (const block of blocks) {
        const now = await rerun(block, document);
        if (UPDATE) updated = updated.replace(block, () => now);
        else assert.equal(block, now, document);
      }
      if (UPDATE) await writeFile(document, updated);
    });

  it('name every command and every option', async () => {
    const text = await readFile('docs/cli.md', 'utf8');
    for (const command of await commandsBelow([])) {
      assert.match(
        text,
        new RegExp(`^##+ .*\\b${command.join(' ')}\\b`, 'mu'),
        `docs/cli.md has no heading for ${command.join(' ')}`,
      );
      const options = (await cli([...command, '--help'])).stdout.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gmu);
      for (const [, option] of options)
        if (option !== '--help')
          assert.ok(text.includes(option ?? ''), `docs/cli.md does not name ${command.join(' ')} ${option}`);
    }
  });
});
