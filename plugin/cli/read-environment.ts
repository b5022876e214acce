import { dirname, join } from 'node:path';
import { loadEnvFile } from '../../compose-ext/index.ts';
import type { Diagnostic, Environment } from '../../compose-ext/index.ts';
import type { CliIo } from './io.ts';
import { readSource } from './read-source.ts';

export interface ReadEnvironment {
  readonly environment: Environment;
  /** What files say and the environment does not: docker stack deploy would not see it. */
  readonly fromFiles: Environment;
  readonly diagnostics: readonly Diagnostic[];
  /** Texts by the name that diagnostics carry. */
  readonly sources: ReadonlyMap<string, string>;
}

/**
 * The environment, and below it the files of --env-file (later ones win), else the `.env` beside the Compose file,
 * which need not be there.
 */
export async function readEnvironment(
  io: CliIo,
  composeFile: string,
  envFiles: readonly string[] = [],
): Promise<ReadEnvironment> {
  const usual = composeFile === '-' ? '.env' : join(dirname(composeFile), '.env');
  const sources = new Map<string, string>();
  const diagnostics: Diagnostic[] = [];
  let fromFiles: Environment = {};
  for (const file of envFiles.length > 0 ? envFiles : [usual]) {
    const source = await readSource(io, file);
    if (source.kind === 'unreadable') {
      if (envFiles.length > 0) diagnostics.push(source.diagnostic);
      continue;
    }
    sources.set(source.file, source.text);
    const loaded = loadEnvFile(source.text, source.file, { ...fromFiles, ...io.env });
    diagnostics.push(...loaded.diagnostics);
    fromFiles = { ...fromFiles, ...loaded.values };
  }
  const hidden = Object.keys(fromFiles).filter((key) => !Object.hasOwn(io.env, key));
  return {
    environment: { ...fromFiles, ...io.env },
    fromFiles: Object.fromEntries(hidden.map((key) => [key, fromFiles[key]])),
    diagnostics,
    sources,
  };
}
