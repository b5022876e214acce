import { mkdirSync } from 'node:fs';
import { DEFAULT_ENGINE } from '../engine-tree.ts';
import { identify, type ProcessId } from '../process-id.ts';
import { LabError } from '../process.ts';
import { removeDeadLabs, removeLab } from '../remove-lab.ts';
import { labFolder, writeRecord } from '../state.ts';
import { Machine, type Output } from './machine.ts';
import { machineDisk } from './machine-disk.ts';
import { packJob, type MachineJob } from './pack-job.ts';
import { readyMachine } from './ready-machine.ts';
import { unlessItDies } from './unless-it-dies.ts';

export interface MachineRun extends MachineJob, Output {
  /** Milliseconds for all of it. */
  readonly timeout: number;
  readonly say: (text: string) => void;
}

/**
 * Runs programs of this checkout on Debian's own kernel, which has what this machine's may lack (IPVS, ESP), under QEMU's
 * emulation, beside two engines in one Swarm; returns the exit code. No network but what it makes itself, and nothing stays.
 * @throws LabError `machine-timeout`, `machine-died`
 */
export async function runInMachine(job: MachineRun): Promise<number> {
  const { say } = job;
  await removeDeadLabs();
  const prefix = `vm-${String(process.pid)}`;
  const base = { prefix, owner: identify(process.pid)!, kept: false, engine: DEFAULT_ENGINE, nodes: [] };
  const record = { ...base, cgroup: `swarmwall-lab-${prefix}` };
  const folder = labFolder(prefix);
  const onStart = (init: ProcessId): void => {
    writeRecord({ ...record, init });
  };
  writeRecord(record);
  let late = false;
  // What runs then ends with it, and says so.
  const timer = setTimeout(() => {
    late = true;
    void removeLab(prefix);
  }, job.timeout);
  const onSignal = (name: NodeJS.Signals): void => {
    void removeLab(prefix).finally(() => process.exit(name === 'SIGINT' ? 130 : 143));
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    const disk = await machineDisk(say);
    const frozen = await readyMachine(folder, disk, say, onStart);
    let begun = false;
    const told = (tell: (chunk: Buffer) => void) => (chunk: Buffer) => {
      begun = true;
      tell(chunk);
    };
    const output = { stdout: told(job.stdout), stderr: told(job.stderr) };
    return await unlessItDies(
      async (attempt) => {
        const work = `${folder}/run-${String(attempt)}`;
        mkdirSync(work);
        const tar = await packJob(work, job);
        say('starting the machine');
        const machine = await Machine.start(work, disk, frozen, onStart);
        const code = await machine.run(tar, output);
        await machine.stop();
        return code;
      },
      say,
      () => !begun && !late,
    );
  } catch (error) {
    if (late) throw new LabError('machine-timeout', `Not within ${String(job.timeout / 1_000)} s.`);
    throw error;
  } finally {
    clearTimeout(timer);
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    await removeLab(prefix);
  }
}
