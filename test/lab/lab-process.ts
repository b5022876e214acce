import { readFileSync } from 'node:fs';
import { startDetached } from './namespace.ts';
import { identify, isAlive, signal, waitDescendant, waitGone, type ProcessId } from './process-id.ts';
import { LabError } from './process.ts';

/** A long-running program in a node or namespace of the lab. */
export class LabProcess {
  readonly name: string;
  readonly id: ProcessId;
  readonly logFile: string;

  private constructor(name: string, id: ProcessId, logFile: string) {
    this.name = name;
    this.id = id;
    this.logFile = logFile;
  }

  /** `argv` is nsenter's, with a pid namespace: nsenter forks (another one in it, too), and the last child is the program. */
  static async start(argv: readonly string[], name: string, logFile: string, forks = 1): Promise<LabProcess> {
    const launcher = startDetached('nsenter', argv, logFile);
    const pid = await waitDescendant(launcher.pid, forks, 20_000);
    const id = pid === undefined ? undefined : identify(pid);
    if (id === undefined)
      throw new LabError(
        'spawn-failed',
        `${name}: ${readFileSync(logFile, 'utf8').trim() || 'ended at once'}`,
      );
    return new LabProcess(name, id, logFile);
  }

  get alive(): boolean {
    return isAlive(this.id);
  }

  kill(name: NodeJS.Signals): boolean {
    return signal(this.id, name);
  }

  /** It does nothing until `resume`, and its nsenter, which stops with its child, neither. */
  pause(): void {
    this.kill('SIGSTOP');
  }

  resume(): void {
    const [, parent] = /^PPid:\s+(\d+)$/mu.exec(readFileSync(`/proc/${this.id.pid}/status`, 'utf8')) ?? [];
    this.kill('SIGCONT');
    if (parent !== undefined) process.kill(Number(parent), 'SIGCONT');
  }

  /** Sends the signal and waits for the end; SIGKILL after `timeout` ms. */
  async stop(name: NodeJS.Signals = 'SIGTERM', timeout = 10_000): Promise<void> {
    this.kill(name);
    if (await waitGone(this.id, timeout)) return;
    this.kill('SIGKILL');
    await waitGone(this.id, 5_000);
  }

  /** All that it has printed so far. */
  log(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  tail(lines: number): string {
    return this.log().trimEnd().split('\n').slice(-lines).join('\n');
  }
}
