import { execa } from 'execa';
import { TIMES } from '../config.ts';
import { Fault } from '../fault.ts';

export interface RunOptions {
  readonly input?: string;
  /** Besides what this process has. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The folder that it runs in; else this process's own. */
  readonly cwd?: string;
  /** Milliseconds; then it is killed. */
  readonly timeout?: number;
  /** Exit codes that are an answer, not a fault. 0 always is. */
  readonly accept?: readonly number[];
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Runs a program to its end: no shell, arguments as they are. */
export type Run = (file: string, args: readonly string[], options?: RunOptions) => Promise<RunResult>;

/** @throws Fault `process-failed` (any exit code but those accepted, a signal, a time-out), `process-missing`. */
export const runProcess: Run = async (file, args, options = {}) => {
  const result = await execa(file, args, {
    ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    timeout: options.timeout ?? TIMES.process,
    reject: false,
    stripFinalNewline: false,
    // The default scans the environment and PATH for local binaries on each call.
    preferLocal: false,
    maxBuffer: 512 * 1024 * 1024,
    env: { ...options.env, LC_ALL: 'C' },
  });
  const { exitCode } = result;
  if (exitCode !== undefined && (exitCode === 0 || options.accept?.includes(exitCode) === true))
    return { stdout: result.stdout, stderr: result.stderr, exitCode };
  if (result.code === 'ENOENT')
    throw new Fault('process-missing', `${file} is not installed`, { data: { file } });
  throw failure(file, args, result);
};

function failure(
  file: string,
  args: readonly string[],
  result: {
    readonly exitCode?: number;
    readonly timedOut: boolean;
    readonly signal?: string;
    readonly stderr: string;
  },
): Fault {
  const end = result.timedOut
    ? 'took too long'
    : result.exitCode === undefined
      ? `ended by ${result.signal ?? 'an error'}`
      : `exit ${result.exitCode}`;
  const said = result.stderr.trim().split('\n').slice(0, 3).join('; ').slice(0, 400);
  return new Fault(
    'process-failed',
    `${[file, ...args].join(' ')}: ${end}${said === '' ? '' : `: ${said}`}`,
    {
      data: { file, args, exitCode: result.exitCode, timedOut: result.timedOut, stderr: result.stderr },
    },
  );
}
