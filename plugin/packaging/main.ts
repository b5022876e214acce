import { parseArgs } from 'node:util';
import { runProcess } from '../process/run.ts';
import { makePluginFiles, PLUGIN_FOLDER } from './plugin-files.ts';

const USAGE = `Makes Docker's managed plugin: dist/plugin/rootfs and dist/plugin/config.json, then the plugin itself.

  npm run plugin:build [-- --name swarmwall:latest] [--files-only]

  --name        what the plugin is called in this machine's engine (DOCKER_HOST is heeded)
  --files-only  no \`docker plugin create\`: needs no Docker
`;

const say = (text: string): void => void process.stderr.write(`plugin: ${text}\n`);

const { values } = parseArgs({
  options: {
    name: { type: 'string', default: 'swarmwall:latest' },
    'files-only': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  await makePluginFiles(say);
  say(`${PLUGIN_FOLDER} is made`);
  if (values['files-only']) return;
  // An engine keeps a plugin of the same name until it is removed.
  await runProcess('docker', ['plugin', 'create', values.name, PLUGIN_FOLDER], { timeout: 300_000 });
  say(`created ${values.name}: docker plugin push ${values.name}, or docker plugin enable ${values.name}`);
}

if (values.help) {
  process.stdout.write(USAGE);
} else {
  try {
    await main();
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    process.exitCode = 2;
  }
}
