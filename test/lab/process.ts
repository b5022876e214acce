import { execa } from 'execa';
import { patient } from './full-kernel.ts';

export interface RunOptions {
  readonly input?: string;
  /** Read as standard input instead of `input`. */
  readonly inputFile?: string;
  /** Milliseconds; 60,000 unless told. */
  readonly timeout?: number;
  /** false: a failed run is returned, not thrown. */
  readonly reject?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunResult {
  /** -1 when a signal or the time limit ended it. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A fault of the lab or of the machine under it. */
export class LabError extends Error {
  override readonly name = 'LabError';
  readonly code: string;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    data: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = code;
    this.data = data;
  }
}

/** What programs in a lab see, whatever the environment of the one who started it. */
export const LAB_ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
  TERM: 'dumb',
  NO_COLOR: '1',
} as const;

/** The lab's one way to run a program to its end: no shell, argv as given. */
export async function run(
  file: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const done = await execa(file, args, {
    env: { ...LAB_ENVIRONMENT, ...options.env },
    extendEnv: false,
    reject: false,
    timeout: patient(options.timeout ?? 60_000),
    killSignal: 'SIGKILL',
    ...(options.inputFile === undefined ? { input: options.input ?? '' } : { inputFile: options.inputFile }),
  });
  const result = { exitCode: done.exitCode ?? -1, stdout: done.stdout, stderr: done.stderr };
  if (result.exitCode !== 0 && options.reject !== false) {
    const said = `${done.stderr}\n${done.stdout}`.trim() || done.shortMessage;
    throw new LabError('run-failed', `${[file, ...args].join(' ')}: ${said}`, {
      file,
      args,
      exitCode: result.exitCode,
      timedOut: done.timedOut,
    });
  }
  return result;
}
