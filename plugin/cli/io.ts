import { writeSync } from 'node:fs';

/** Everything a command may touch of the terminal and the environment: tests give their own. */
export interface CliIo {
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Texts that are read instead of the files of these names. */
  readonly unsaved?: ReadonlyMap<string, string>;
  readStdin(): Promise<Buffer>;
}

export interface TextSink {
  readonly isTTY: boolean;
  /** Of the terminal; absent when it is not one. */
  readonly columns?: number;
  write(text: string): void;
}

/** Milliseconds until a reader that is slower than this command is asked again. */
const PAUSE = 1;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/**
 * Returns once the reader has it all: the command ends with `process.exit`, which loses what a stream still holds, and
 * a million lines must not pile up in memory.
 */
function writeWhole({ fd }: { readonly fd: number }, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // `swarmwall plan | head` ends the reader first: nothing is wrong.
      if (code === 'EPIPE') process.exit(0);
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(sleeper, 0, 0, PAUSE);
    }
  }
}

function sink(stream: NodeJS.WriteStream & { readonly fd: number }): TextSink {
  return {
    isTTY: stream.isTTY === true,
    ...(stream.isTTY && stream.columns > 0 ? { columns: stream.columns } : {}),
    write: (text) => {
      writeWhole(stream, text);
    },
  };
}

async function readAll(stream: AsyncIterable<Buffer | string>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

export function processIo(env: Readonly<Record<string, string | undefined>>): CliIo {
  return {
    stdout: sink(process.stdout),
    stderr: sink(process.stderr),
    env,
    cwd: process.cwd(),
    readStdin: () => readAll(process.stdin),
  };
}
