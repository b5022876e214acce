import { build, type Plugin } from 'esbuild';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { CHECKOUT, REPOSITORY } from './machine-disk.ts';

/** Modules tell their folder by this: in one file they would all be told the same. */
const ownFolders: Plugin = {
  name: 'own-folders',
  setup: (builder) => {
    builder.onLoad({ filter: /\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll(
        'import.meta.dirname',
        JSON.stringify(join(CHECKOUT, relative(REPOSITORY, dirname(path)))),
      ),
      loader: 'ts',
    }));
  },
};

/**
 * These programs of this checkout, each as one file with all that it imports: to translate and find hundreds of modules
 * takes half a minute under emulation. `out` is the folder to write to; names stay, ending in `.mjs`.
 */
export async function bundle(programs: readonly string[], out: string): Promise<void> {
  await build({
    entryPoints: programs.map((program) => join(REPOSITORY, program)),
    outdir: out,
    outbase: REPOSITORY,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    external: ['dockerode', 'esbuild'],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    plugins: [ownFolders],
    logLevel: 'error',
  });
}
