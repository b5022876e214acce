import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { runProcess } from '../../../plugin/process/run.ts';
import { COMPLETION_SCRIPTS } from '../../../plugin/cli/completion/scripts.ts';
import { cli, inFolder, MONITORING, SHOP } from './fake-io.ts';

async function completions(cwd: string, ...words: string[]) {
  const { stdout } = await cli(['__complete', ...words], { cwd });
  const lines = stdout.trimEnd().split('\n');
  return { values: lines.slice(0, -1).map((line) => line.split('\t')[0]), directive: lines.at(-1) };
}

describe('swarmwall __complete', () => {
  const files = { 'compose.yaml': SHOP, 'monitoring.yaml': MONITORING };

  it('completes commands, options and choices', () =>
    inFolder(files, async (cwd) => {
      assert.deepEqual(await completions(cwd, 'co'), {
        values: ['connectivity', 'compile', 'controller', 'completion'],
        directive: ':4',
      });
      assert.ok((await completions(cwd, '')).values.includes('lint'));
      assert.ok(!(await completions(cwd, '')).values.includes('__complete'));
      assert.deepEqual((await completions(cwd, 'deploy', '--re')).values, ['--resolve-image']);
      assert.deepEqual((await completions(cwd, 'deploy', '--isolation', '')).values, [
        'strict',
        'balanced',
        'off',
      ]);
      assert.deepEqual((await completions(cwd, 'completion', 'z')).values, ['zsh']);
      assert.deepEqual(await completions(cwd, 'no-such-command', ''), { values: [], directive: ':4' });
    }));

  it('leaves files to the shell', () =>
    inFolder(files, async (cwd) => {
      for (const words of [
        ['lint', ''],
        ['can', '-c', ''],
        ['compile', '-o', 'x'],
        ['plan', '--with', 'a='],
      ])
        assert.equal((await completions(cwd, ...words)).directive, ':0', words.join(' '));
    }));

  it("completes services from the file, the other stacks' with their stack's name", () =>
    inFolder(files, async (cwd) => {
      const can = ['can', '-c', 'compose.yaml'];
      assert.deepEqual((await completions(cwd, ...can, '')).values, ['web', 'api', 'db', 'cron', 'world']);
      assert.deepEqual((await completions(cwd, ...can, 'w')).values, ['web', 'world']);
      assert.deepEqual((await completions(cwd, ...can, 'web', 'd')).values, ['db']);
      const both = [...can, '--with', 'monitoring=monitoring.yaml'];
      assert.deepEqual((await completions(cwd, ...both, 'm')).values, ['monitoring/prometheus']);
      assert.deepEqual((await completions(cwd, 'can', '-c', 'none.yaml', '')).values, ['world']);
    }));
});

describe('swarmwall completion', () => {
  it('prints a script for each shell, and no other', async () => {
    for (const shell of ['bash', 'zsh', 'fish'] as const)
      assert.equal((await cli(['completion', shell])).stdout, COMPLETION_SCRIPTS[shell]);
    assert.equal((await cli(['completion', 'tcsh'])).exitCode, 2);
  });

  it("answers through bash's own completion", () =>
    inFolder({ 'compose.yaml': SHOP, script: COMPLETION_SCRIPTS.bash }, async (folder) => {
      // In place of the program: its command line, run from the sources.
      const program = join(folder, 'swarmwall');
      const main = join(process.cwd(), 'plugin', 'main.ts');
      const tsx = join(process.cwd(), 'node_modules', 'tsx', 'dist', 'loader.mjs');
      await writeFile(program, `#!/bin/sh\nexec ${process.execPath} --import ${tsx} ${main} "$@"\n`);
      await chmod(program, 0o755);
      const ask = async (line: string): Promise<string[]> => {
        const bash = `
          source ./script
          COMP_LINE=$1 COMP_POINT=\${#1} COMP_CWORD=0
          _swarmwall
          printf '%s\\n' "\${COMPREPLY[@]}"`;
        const { stdout } = await runProcess('bash', ['-c', `cd "$2"; ${bash}`, 'bash', line, folder]);
        return stdout.split('\n').filter(Boolean);
      };
      assert.deepEqual(await ask(`${program} stat`), ['status']);
      assert.deepEqual(await ask(`${program} can -c compose.yaml web d`), ['db']);
      assert.deepEqual((await ask(`${program} lint comp`)).sort(), ['compose.yaml']);
      assert.deepEqual(await ask(`${program} can -c compose.yaml --with m=comp`), ['compose.yaml']);
    })).timeout(60_000);
});
