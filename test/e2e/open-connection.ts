import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../lab/eventually.ts';
import type { LabProcess } from '../lab/lab-process.ts';
import type { LabTask } from '../lab/tasks.ts';

/** Of the image's `answer`: a service, a host name, and what was said. */
const ANSWER = /^\S+ \S+ \d+$/;
/** So many answers more are a connection that goes on. */
const SOME = 6;

/** A TCP connection that says something every 50 ms and hears it back for as long as it may. */
export class OpenConnection {
  readonly #process: LabProcess;

  private constructor(process: LabProcess) {
    this.#process = process;
  }

  static async open(from: LabTask, address: string, port: number): Promise<OpenConnection> {
    const script = `while :; do date +%s; sleep 0.05; done | socat -t 60 -T 60 - TCP:${address}:${port}`;
    // Its log is a new one: what an earlier connection heard counts for nothing.
    const process = await from.node.spawn('docker', ['exec', from.container, 'sh', '-c', script]);
    const connection = new OpenConnection(process);
    await eventually(() => connection.heard() > 3, 30_000);
    return connection;
  }

  heard(): number {
    return this.#process
      .log()
      .split('\n')
      .filter((line) => ANSWER.test(line)).length;
  }

  /** Answers in this many milliseconds from now. */
  async hears(milliseconds: number): Promise<number> {
    const before = this.heard();
    await sleep(milliseconds);
    return this.heard() - before;
  }

  /** It hears more, however long a busy machine takes. @throws when it does not */
  async goesOn(): Promise<void> {
    const before = this.heard();
    await eventually(() => {
      const more = this.heard() - before;
      if (more < SOME) throw new Error(`${more} answers more on an allowed connection`);
    }, 30_000);
  }

  /** What was answered before the cut may still be on its way to the log. @throws when it goes on */
  async ends(): Promise<void> {
    await eventually(async () => assert.equal(await this.hears(1_000), 0, 'it goes on'), 15_000);
  }

  async close(): Promise<void> {
    await this.#process.stop('SIGKILL');
  }
}

/** A TCP connection on which only the server speaks, a line a second, and whose client listens. */
export class PushedConnection {
  readonly #process: LabProcess;

  private constructor(process: LabProcess) {
    this.#process = process;
  }

  /** For as long as the container runs. */
  static async serve(server: LabTask, port: number): Promise<void> {
    const says = 'SYSTEM:while sleep 1; do date +%s; done';
    const listening = ['socat', '-U', `TCP-LISTEN:${port},fork,reuseaddr`, says];
    await server.node.docker(['exec', '--detach', server.container, ...listening]);
  }

  static async open(from: LabTask, address: string, port: number): Promise<PushedConnection> {
    const dialling = ['socat', '-u', `TCP:${address}:${port},retry=20,interval=0.5`, 'STDOUT'];
    const process = await from.node.spawn('docker', ['exec', from.container, ...dialling]);
    const connection = new PushedConnection(process);
    await eventually(() => connection.heard() > 1, 30_000);
    return connection;
  }

  heard(): number {
    const lines = this.#process.log().split('\n');
    return lines.filter((line) => /^\d+$/.test(line)).length;
  }

  /** @throws when nothing more is heard */
  async goesOn(): Promise<void> {
    const before = this.heard();
    await eventually(() => {
      if (this.heard() < before + 2) throw new Error('nothing more is heard on an allowed connection');
    }, 30_000);
  }

  async close(): Promise<void> {
    await this.#process.stop('SIGKILL');
  }
}
