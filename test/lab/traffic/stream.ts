import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../eventually.ts';
import type { LabProcess } from '../lab-process.ts';
import type { LabTask } from '../tasks.ts';

const PROGRAM = readFileSync(join(import.meta.dirname, 'packets.mjs'), 'utf8');
/** The node has its own root folder. */
const ON_NODE = '/root/packets.mjs';

/** What a receiver said last of one source, and when packets of it came again after a pause. */
export interface Arrivals {
  readonly received: number;
  /** Number of the last packet: those between it and `received` were lost. */
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly last: number;
  readonly resumed: readonly { readonly at: number; readonly silentSince: number }[];
}

interface Line {
  readonly from?: string;
  readonly received?: number;
  readonly number?: number;
  readonly last?: number;
  readonly resumed?: number;
  readonly silentSince?: number;
  readonly sent?: number;
  readonly ready?: true;
  readonly overflowed?: number;
  /** Milliseconds since 1970: all that came before has been told. */
  readonly said?: number;
}

/** Counts numbered packets that reach a task, by source address. */
export class PacketReceiver {
  readonly #process: LabProcess;

  private constructor(process: LabProcess) {
    this.#process = process;
  }

  static async start(task: LabTask, port: number, name: string): Promise<PacketReceiver> {
    const process = await spawnIn(task, ['receive', String(port)], name);
    await eventually(() => {
      if (!linesOf(process).some(({ ready }) => ready === true))
        throw new Error(`${name}: ${process.tail(5)}`);
    });
    return new PacketReceiver(process);
  }

  from(address: string): Arrivals {
    const lines = linesOf(this.#process).filter(({ from }) => from === address);
    const {
      received = 0,
      number = 0,
      last = 0,
    } = lines.findLast((line) => line.received !== undefined) ?? {};
    const resumed = lines.flatMap(({ resumed: at, silentSince }) =>
      at === undefined || silentSince === undefined ? [] : [{ at, silentSince }],
    );
    return { received, number, last, resumed };
  }

  /** Packets that arrived while the receiver's process got no time. */
  overflowed(): number {
    return linesOf(this.#process).findLast((line) => line.overflowed !== undefined)?.overflowed ?? 0;
  }

  /** It ends with its task. */
  get alive(): boolean {
    return this.#process.alive;
  }

  /** Until it has told of all that has come so far, however busy the machine is. */
  async told(): Promise<void> {
    const now = Date.now();
    await eventually(() => {
      const said = linesOf(this.#process).findLast((line) => line.said !== undefined)?.said ?? 0;
      if (said <= now) throw new Error('the receiver says nothing');
    }, 60_000);
  }

  stop(): Promise<void> {
    return this.#process.stop('SIGKILL');
  }
}

/** Sends a numbered packet every so many milliseconds, whatever becomes of it. */
export class PacketSender {
  readonly #process: LabProcess;

  private constructor(process: LabProcess) {
    this.#process = process;
  }

  static async start(
    task: LabTask,
    everyMs: number,
    targets: readonly { readonly address: string; readonly port: number }[],
    name: string,
  ): Promise<PacketSender> {
    const to = targets.map(({ address, port }) => `${address}:${String(port)}`);
    const process = await spawnIn(task, ['send', String(everyMs), ...to], name);
    await eventually(() => {
      if ((linesOf(process).at(-1)?.sent ?? 0) === 0) throw new Error(`${name}: ${process.tail(5)}`);
    });
    return new PacketSender(process);
  }

  stop(): Promise<void> {
    return this.#process.stop('SIGKILL');
  }
}

/** The machine's Node as a process of the task: the image needs nothing of its own. */
function spawnIn(task: LabTask, args: readonly string[], name: string): Promise<LabProcess> {
  task.node.writeFile(ON_NODE, PROGRAM);
  return task.node.spawnInContainer(task.container, 'node', [ON_NODE, ...args], name);
}

/** The last line may be cut off. */
function linesOf(process: LabProcess): readonly Line[] {
  const text = process.log();
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line);
}
