import { readInvocation } from './cli/docker-plugin.ts';
import { processIo } from './cli/io.ts';
import { runCli } from './cli/run-cli.ts';

const invocation = readInvocation(process.argv.slice(2), process.env);
// Programs that are run from here (docker) must see the flags that docker was given.
Object.assign(process.env, invocation.env);
if (invocation.env['DOCKER_CONTEXT'] === undefined) delete process.env['DOCKER_CONTEXT'];

// `swarmwall plan | head` ends the reader first: nothing is wrong.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 2);
});

// Nothing is left to wait for, and there is no answer: never let that look like success.
process.once('beforeExit', () => {
  process.stderr.write('error: ended without an answer; please report it\n');
  process.exit(2);
});

void runCli(invocation.argv, processIo(invocation.env), { name: invocation.name }).then((exitCode) => {
  // A reused connection to Docker must not hold up a command that is done. What it printed has been read: see io.ts.
  process.exit(exitCode);
});
