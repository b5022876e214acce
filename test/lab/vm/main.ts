import { LabError } from '../process.ts';
import { runInMachine } from './run-in-machine.ts';

const USAGE = `Runs a program of this checkout in a virtual machine whose kernel has IPVS and ESP, on native-lab code.

  npm run lab:vm -- node test/lab/demo/main.ts

  LAB_VM_SECONDS   limit for all of it (900)
`;

const started = Date.now();
const say = (text: string): void =>
  void process.stderr.write(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)}s  vm: ${text}\n`);

const argv = process.argv.slice(2);
if (argv.length === 0) {
  process.stderr.write(USAGE);
  process.exitCode = 2;
} else {
  try {
    process.exitCode = await runInMachine({
      programs: argv.filter((word) => word.endsWith('.ts')),
      argv: argv.map((word) => word.replace(/\.ts$/, '.mjs')),
      timeout: Number(process.env['LAB_VM_SECONDS'] ?? 900) * 1_000,
      stdout: (chunk) => void process.stdout.write(chunk),
      stderr: (chunk) => void process.stderr.write(chunk),
      say,
    });
    say(`ended with ${String(process.exitCode)}`);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    if (!(error instanceof LabError)) throw error;
    process.exitCode = 2;
  }
}
