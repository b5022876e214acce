import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LabError } from '../process.ts';
import { Machine, type Frozen } from './machine.ts';
import type { MachineDisk } from './machine-disk.ts';
import { packJob } from './pack-job.ts';
import { unlessItDies } from './unless-it-dies.ts';
import type { ProcessId } from '../process-id.ts';
import { C_TOOLS, cTool } from '../c-tool.ts';

const LAB = dirname(import.meta.dirname);
/** Of the lab's files: those that a frozen machine has at work. */
const MAKERS = /^(fabric|lab|namespace|node|state|swarm|demo-image|engine-tree)\.ts$|\.sh$/;

/**
 * A machine with two engines in one Swarm, frozen: made once for each disk and state of the lab's code (two minutes), from
 * then on every run starts where this one stopped.
 */
export async function readyMachine(
  work: string,
  disk: MachineDisk,
  say: (text: string) => void,
  onStart: (id: ProcessId) => void,
): Promise<Frozen> {
  const parent = dirname(disk.image);
  const folder = join(parent, `ready-${await labKey()}`);
  const frozen = {
    root: join(folder, 'root.qcow2'),
    scratch: join(folder, 'scratch.qcow2'),
    memory: join(folder, 'memory'),
  };
  if (existsSync(folder)) return frozen;
  say('booting, and forming a Swarm of two engines to start from (once, some minutes)');
  const making = await unlessItDies(
    (attempt) => make(join(work, `ready-${String(attempt)}`), disk, say, onStart),
    say,
  );
  for (const old of readdirSync(parent).filter((name) => name.startsWith('ready-')))
    rmSync(join(parent, old), { recursive: true, force: true });
  for (const name of readdirSync(making).filter((one) => !/^(root\.qcow2|scratch\.qcow2|memory)$/.test(one)))
    rmSync(join(making, name), { recursive: true, force: true });
  renameSync(making, folder);
  return frozen;
}

async function make(
  making: string,
  disk: MachineDisk,
  say: (text: string) => void,
  onStart: (id: ProcessId) => void,
): Promise<string> {
  mkdirSync(making);
  const machine = await Machine.start(making, disk, undefined, onStart);
  const program = 'test/lab/vm/ready.ts';
  const tar = await packJob(making, { programs: [program], argv: ['node', program.replace(/ts$/, 'mjs')] });
  const told = (chunk: Buffer): void => {
    for (const line of chunk.toString().split('\n').filter(Boolean)) say(`  ${line}`);
  };
  const code = await machine.run(tar, { stdout: told, stderr: told });
  if (code !== 0) {
    await machine.stop();
    throw new LabError('machine-not-ready', 'No Swarm came up in the machine.');
  }
  await machine.freeze(join(making, 'memory'));
  return making;
}

/** What made the lab in it; the demo and this folder only drive it. */
async function labKey(): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(join(import.meta.dirname, 'ready.ts')));
  // They are in the image that the engines have loaded.
  for (const tool of C_TOOLS) hash.update(readFileSync(await cTool(tool)));
  for (const entry of readdirSync(LAB, { withFileTypes: true }))
    if (entry.isFile() && MAKERS.test(entry.name))
      hash.update(entry.name).update(readFileSync(join(LAB, entry.name)));
  return hash.digest('hex').slice(0, 12);
}
