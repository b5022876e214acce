import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { identify, waitGone, type ProcessId } from '../process-id.ts';
import { LabError, run } from '../process.ts';
import type { MachineDisk } from './machine-disk.ts';

export interface Output {
  readonly stdout: (chunk: Buffer) => void;
  readonly stderr: (chunk: Buffer) => void;
}

/** A machine that was stopped in the middle of its work: its memory, and what it had written. */
export interface Frozen {
  readonly root: string;
  readonly scratch: string;
  readonly memory: string;
}

const MEMORY_MIB = 2560;
const SCRATCH = '12G';
const PORTS = ['job', 'stdout', 'stderr', 'status', 'control'] as const;
type Port = (typeof PORTS)[number];

/** One QEMU, which dies with this process. `folder` takes its disks, sockets and logs. */
export class Machine {
  readonly #folder: string;
  readonly #child: ChildProcess;
  readonly #sockets: ReadonlyMap<Port, Socket>;
  readonly #servers: readonly Server[];
  readonly id: ProcessId;

  private constructor(folder: string, child: ChildProcess, id: ProcessId, sockets: Sockets) {
    this.#folder = folder;
    this.#child = child;
    this.id = id;
    this.#sockets = sockets.sockets;
    this.#servers = sockets.servers;
  }

  /** A fresh boot, or with `frozen` from where that one was. `onStart` puts the process on record. */
  static async start(
    folder: string,
    disk: MachineDisk,
    frozen: Frozen | undefined,
    onStart: (id: ProcessId) => void,
  ): Promise<Machine> {
    const image = (...args: readonly string[]) => run('qemu-img', ['create', '-q', '-f', 'qcow2', ...args]);
    const file = (name: string): string => join(folder, name);
    if (frozen === undefined) {
      await image('-b', disk.image, '-F', 'raw', file('root.qcow2'));
      await image(file('scratch.qcow2'), SCRATCH);
    } else {
      await image('-b', frozen.root, '-F', 'qcow2', file('root.qcow2'));
      await image('-b', frozen.scratch, '-F', 'qcow2', file('scratch.qcow2'));
    }
    const listening = await listen(folder);
    const output = openSync(file('qemu.log'), 'a');
    const args = ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...machineArgs(folder, disk, frozen)];
    const child = spawn('setpriv', args, { stdio: ['ignore', output, output], detached: true });
    closeSync(output);
    const id = child.pid === undefined ? undefined : identify(child.pid);
    if (id === undefined) throw new LabError('machine-died', 'QEMU did not start.');
    onStart(id);
    const died = new Promise<never>((_, reject) => {
      child.once('exit', () => {
        reject(new LabError('machine-died', `QEMU ended: ${logTail(folder)}`));
      });
    });
    // An open server would keep this process from ending.
    died.catch(() => {
      for (const server of listening.servers) server.close();
    });
    const sockets = await Promise.race([listening.connected, died]);
    const machine = new Machine(folder, child, id, { sockets, servers: listening.servers });
    died.catch(() => {
      machine.#close();
    });
    await machine.#control('qmp_capabilities');
    if (frozen !== undefined) {
      await machine.#until('query-status', ({ status }) => status !== 'inmigrate');
      await machine.#control('cont');
    }
    return machine;
  }

  /** Unpacks the tar over the checkout, runs the argv in it, returns the exit code. One at a time. */
  async run(tar: Buffer, output: Output): Promise<number> {
    const [job, stdout, stderr, status] = (['job', 'stdout', 'stderr', 'status'] as const).map((name) =>
      this.#sockets.get(name)!,
    ) as [Socket, Socket, Socket, Socket];
    stdout.on('data', output.stdout);
    stderr.on('data', output.stderr);
    try {
      const code = new Promise<number>((resolve, reject) => {
        let text = '';
        status.on('data', (chunk) => {
          text += chunk.toString();
          if (text.includes('\n')) resolve(Number.parseInt(text, 10));
        });
        status.once('close', () => {
          reject(new LabError('machine-died', `The machine is gone:\n${logTail(this.#folder)}`));
        });
      });
      job.write(`${String(tar.length)}\n`);
      job.write(tar);
      const found = await code;
      // What it printed last may come by the other ports a moment later.
      await new Promise((resolve) => setTimeout(resolve, 200));
      return found;
    } finally {
      for (const socket of [stdout, stderr, status]) socket.removeAllListeners('data');
    }
  }

  /** Stops it for good and writes its memory to a file; its disks are complete then. */
  async freeze(memory: string): Promise<void> {
    await this.#control('stop');
    await this.#control('migrate-set-parameters', { 'max-bandwidth': 2 ** 34 });
    await this.#control('migrate', { uri: `exec:cat > ${memory}` });
    await this.#until('query-migrate', ({ status }) => {
      if (status === 'failed') throw new LabError('machine-not-frozen', 'QEMU could not write its memory.');
      return status === 'completed';
    });
    await this.#control('quit');
    await waitGone(this.id, 20_000);
    this.#close();
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    await waitGone(this.id, 20_000);
    this.#close();
  }

  #close(): void {
    for (const socket of this.#sockets.values()) socket.destroy();
    for (const server of this.#servers) server.close();
  }

  /** QEMU's machine protocol: one command, its answer; events between are passed over. */
  #control(execute: string, args?: object): Promise<{ readonly status?: string }> {
    const socket = this.#sockets.get('control')!;
    return new Promise((resolve, reject) => {
      let text = '';
      const onData = (chunk: Buffer): void => {
        text += chunk.toString();
        for (const line of text.split('\n').slice(0, -1)) {
          const message = JSON.parse(line) as { return?: { status?: string }; error?: { desc: string } };
          if (message.return === undefined && message.error === undefined) continue;
          socket.off('data', onData);
          if (message.return !== undefined) resolve(message.return);
          else reject(new LabError('machine-refused', `${execute}: ${message.error?.desc ?? ''}`));
          return;
        }
      };
      socket.on('data', onData);
      socket.write(`${JSON.stringify({ execute, ...(args === undefined ? {} : { arguments: args }) })}\n`);
    });
  }

  async #until(execute: string, done: (answer: { readonly status?: string }) => boolean): Promise<void> {
    while (!done(await this.#control(execute))) await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function logTail(folder: string): string {
  const logs = ['console.log', 'qemu.log'].map((name) => {
    try {
      return readFileSync(join(folder, name), 'utf8');
    } catch {
      return '';
    }
  });
  return logs.join('\n').split('\n').slice(-15).join('\n');
}

interface Sockets {
  readonly sockets: ReadonlyMap<Port, Socket>;
  readonly servers: readonly Server[];
}

/** QEMU connects to each when it starts. */
async function listen(
  folder: string,
): Promise<{ readonly servers: readonly Server[]; readonly connected: Promise<ReadonlyMap<Port, Socket>> }> {
  const servers: Server[] = [];
  const connected: Promise<readonly [Port, Socket]>[] = [];
  for (const name of PORTS) {
    const server = createServer();
    servers.push(server);
    connected.push(
      new Promise((resolve) => {
        server.once('connection', (socket) => {
          socket.on('error', () => undefined);
          resolve([name, socket]);
        });
      }),
    );
    await new Promise<void>((resolve) => server.listen(join(folder, `${name}.sock`), resolve));
  }
  return { servers, connected: Promise.all(connected).then((all) => new Map(all)) };
}

function machineArgs(folder: string, disk: MachineDisk, frozen: Frozen | undefined): readonly string[] {
  const drive = (name: string): readonly string[] => [
    ...['-drive', `file=${join(folder, name)},if=virtio,format=qcow2,cache=unsafe`],
  ];
  const socket = (name: Port): string => `socket,id=${name},path=${join(folder, `${name}.sock`)}`;
  const ports = PORTS.flatMap((name) => [
    ...['-chardev', socket(name)],
    ...(name === 'control'
      ? ['-mon', `chardev=${name},mode=control`]
      : ['-device', `virtserialport,chardev=${name},name=${name}`]),
  ]);
  return [
    ...['-machine', 'q35', '-accel', 'tcg,thread=multi', '-cpu', 'max,la57=off', '-smp', '2'],
    ...['-m', String(MEMORY_MIB), '-nodefaults', '-display', 'none', '-no-reboot', '-nic', 'none'],
    ...['-kernel', disk.kernel, '-initrd', disk.initrd],
    ...['-append', 'console=ttyS0 quiet panic=-1 mitigations=off', '-device', 'virtio-rng-pci'],
    ...['-serial', `file:${join(folder, 'console.log')}`, ...drive('root.qcow2'), ...drive('scratch.qcow2')],
    ...['-device', 'virtio-serial', ...ports],
    ...(frozen === undefined ? [] : ['-incoming', `exec:cat ${frozen.memory}`]),
  ];
}
