// `node .ci/side-by-side.mjs SCRIPT…`: npm scripts of this project at once, each one's output whole when it ends; fails when one fails.
import { execa } from 'execa';

const ended = process.argv.slice(2).map(async (name) => {
  const { exitCode, all } = await execa('npm', ['run', '--silent', name], { reject: false, all: true });
  process.stdout.write(`${name}\n${all}\n`);
  return exitCode === 0;
});
if (ended.length === 0 || (await Promise.all(ended)).includes(false)) process.exitCode = 1;
