// `node .ci/side-by-side.mjs SCRIPT…`: npm scripts of this project at once; fails when one fails. What the first prints comes
// as it goes, that of each other whole when it ends.
import { execa } from 'execa';

const ended = process.argv.slice(2).map(async (name, at) => {
  const aloud = at === 0 ? { stdio: ['ignore', 'inherit', 'inherit'] } : { stdin: 'ignore', all: true };
  const { exitCode, all } = await execa('npm', ['run', '--silent', name], { reject: false, ...aloud });
  if (all !== undefined) process.stdout.write(`${name}\n${all}\n`);
  return exitCode === 0;
});
if (ended.length === 0 || (await Promise.all(ended)).includes(false)) process.exitCode = 1;
