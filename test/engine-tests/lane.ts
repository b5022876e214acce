import { resolve } from 'node:path';
import Mocha from 'mocha';
import { LaneReporter } from './reporter.ts';

const [path = '', ...files] = process.argv.slice(2);
const mocha = new Mocha({
  timeout: 600_000,
  forbidOnly: true,
  reporter: LaneReporter,
  reporterOptions: { path },
});
for (const file of ['test/support/property-seed.ts', ...files]) mocha.addFile(resolve(file));
await mocha.loadFilesAsync();
mocha.run((failures) => {
  process.exitCode = Math.min(failures, 255);
});
