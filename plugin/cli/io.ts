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

function sink(stream: NodeJS.WriteStream): TextSink {
  return {
    isTTY: stream.isTTY === true,
    ...(stream.isTTY && stream.columns > 0 ? { columns: stream.columns } : {}),
    write: (text) => void stream.write(text),
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
