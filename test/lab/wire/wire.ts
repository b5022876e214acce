import { spawn, type ChildProcess } from 'node:child_process';
import { LAB_ENVIRONMENT, LabError } from '../process.ts';
import { patient } from '../full-kernel.ts';
import { WireConnection } from './wire-connection.ts';

/** An interface of the namespace that a `wire` runs in. */
export interface Link {
  readonly name: string;
  readonly mac: string;
  /** IPv4; '' without one. */
  readonly address: string;
}

export interface TakenFrame {
  readonly link: string;
  readonly bytes: Buffer;
}

export interface Dial {
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
  /** To bind to. */
  readonly own?: { readonly address?: string; readonly port?: number };
}

/** So many frames are remembered. */
const REMEMBERED = 4_000;

/** A running `wire`: sends frames and opens connections in one network namespace, and sees all that comes in. */
export class Wire {
  readonly links: Link[] = [];
  readonly #child: ChildProcess;
  readonly #frames: TakenFrame[] = [];
  readonly #watchers = new Set<() => void>();
  readonly #connections = new Map<string, WireConnection>();
  #opened = 0;
  #rest = '';
  #failure: string | undefined;
  #ready = false;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** `file` and `args` run `wire` there; it ends when this process does. */
  static async start(file: string, args: readonly string[]): Promise<Wire> {
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], env: LAB_ENVIRONMENT, cwd: '/' });
    const wire = new Wire(child);
    child.stdout.on('data', (chunk: Buffer) => {
      wire.#take(chunk.toString());
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.on('error', (error) => {
      wire.#fail(error.message);
    });
    child.on('exit', (code) => {
      wire.#fail(`wire ended with ${String(code)}: ${said.trim()}`);
    });
    child.stdin.on('error', () => undefined);
    if (!(await wire.until(() => wire.#ready, 60_000)))
      throw new LabError('wire-failed', `${[file, ...args].join(' ')}: not ready`);
    return wire;
  }

  /** A frame, as it is. */
  frame(link: string, ...frames: readonly Uint8Array[]): void {
    for (const bytes of frames) this.#say(`frame ${link} ${hex(bytes)}`);
  }

  /** IPv4 packets with their headers, by the routes of the namespace. */
  packet(...packets: readonly Uint8Array[]): void {
    for (const bytes of packets) this.#say(`packet ${hex(bytes)}`);
  }

  /** A connection of the kernel's; whether it opens is for `opened` to say. */
  open({ protocol, address, port, own }: Dial): WireConnection {
    const id = `c${String(this.#opened++)}`;
    const connection = new WireConnection(id, (line) => {
      this.#say(line);
    });
    this.#connections.set(id, connection);
    const from = own === undefined ? '' : ` ${own.address ?? '0.0.0.0'} ${String(own.port ?? 0)}`;
    this.#say(`open ${id} ${protocol} ${address} ${String(port)}${from}`);
    return connection;
  }

  /** What has come in so far and `matches`. */
  frames(matches: (bytes: Buffer) => boolean): readonly TakenFrame[] {
    return this.#frames.filter(({ bytes }) => matches(bytes));
  }

  /** Whether it comes to hold within these milliseconds; looked at whenever something is told. @throws when wire ends */
  async until(holds: () => boolean, milliseconds: number): Promise<boolean> {
    const look = (): boolean => {
      if (this.#failure !== undefined) throw new LabError('wire-failed', this.#failure);
      return holds();
    };
    if (look()) return true;
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#watchers.delete(watcher);
      };
      const watcher = (): void => {
        try {
          if (!look()) return;
          finish();
          resolve(true);
        } catch (error) {
          finish();
          reject(error as Error);
        }
      };
      const timer = setTimeout(() => {
        finish();
        resolve(false);
      }, patient(milliseconds));
      this.#watchers.add(watcher);
    });
  }

  stop(): void {
    this.#child.removeAllListeners('exit');
    this.#child.stdin?.end();
  }

  #say(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  #fail(why: string): void {
    this.#failure ??= why;
    for (const watcher of [...this.#watchers]) watcher();
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#hear(line);
    for (const watcher of [...this.#watchers]) watcher();
  }

  #hear(line: string): void {
    const [what, first = '', second = '', third = ''] = line.split(' ');
    if (what === 'link') this.links.push({ name: first, mac: second, address: third === '-' ? '' : third });
    else if (what === 'ready') this.#ready = true;
    else if (what === 'in') this.#remember({ link: first, bytes: Buffer.from(second, 'hex') });
    else if (what === 'opened' || what === 'heard' || what === 'closed')
      this.#connections.get(first)?.hear(what, what === 'closed' ? line : second);
  }

  #remember(frame: TakenFrame): void {
    this.#frames.push(frame);
    if (this.#frames.length > REMEMBERED) this.#frames.splice(0, REMEMBERED / 2);
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
