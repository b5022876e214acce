import { Fault } from '../fault.ts';
import type { FaultCode } from '../fault.ts';
import type { Diagnostic } from '../../compose-ext/diagnostic.ts';
import type { CliIo } from './io.ts';
import { printDiagnostics } from './print-diagnostics.ts';
import { printable, styleFor } from './style.ts';

/** How a command ends. can: 0 allowed, 1 denied. status: 0 healthy, 1 not. */
export type ExitCode = 0 | 1 | 2;

export type CliFailureCode =
  | 'bad-usage'
  | 'unknown-name'
  | 'unreadable-file'
  | 'unwritable-file'
  | 'bad-files'
  | 'no-controller'
  | 'no-agent'
  | 'api-failed'
  | 'not-a-manager'
  | 'network-changed'
  | 'not-suggested'
  | 'group-in-use'
  | 'role-in-use'
  | 'lock-out'
  | 'name-taken'
  | 'policy-changed'
  | 'would-break'
  | 'taken-back'
  | 'revision-timeout'
  | 'node-not-ready';

/** Ends a command with exit code 2 and one clear message. */
export class CliFailure extends Error {
  override readonly name = 'CliFailure';
  readonly code: CliFailureCode;
  /** What to do about it; may be empty. */
  readonly hint: string;

  constructor(code: CliFailureCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? '';
  }
}

/** Files with errors in them: printed as diagnostics, with the lines they stand on. */
export class BadFiles extends CliFailure {
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: ReadonlyMap<string, string>;

  constructor(
    diagnostics: readonly Diagnostic[],
    sources: ReadonlyMap<string, string>,
    what = 'Compose file',
  ) {
    const count = diagnostics.filter((each) => each.severity === 'error').length;
    super('bad-files', `${count} error${count === 1 ? '' : 's'} in the ${what}; nothing was done`);
    this.diagnostics = diagnostics;
    this.sources = sources;
  }
}

const HINTS: Partial<Record<FaultCode, string>> = {
  'docker-unavailable':
    'Is the Docker engine running, and may you use its socket? See DOCKER_HOST and docker context.',
  'process-missing': 'Install it, or put it on the PATH.',
  'certificate-missing': 'This node is in no swarm yet: docker swarm init, or docker swarm join.',
  'certificate-locked': 'Unlock the manager: docker swarm unlock',
  'kernel-refused': 'Run as root, with nftables and iptables installed.',
  'socket-in-use': 'Another swarmwall is running here: swarmwall status',
};

export function hintOf(thrown: unknown): string {
  if (thrown instanceof CliFailure) return thrown.hint;
  return thrown instanceof Fault ? (HINTS[thrown.code] ?? '') : '';
}

function codeOf(thrown: unknown): string {
  return thrown instanceof CliFailure || thrown instanceof Fault ? thrown.code : 'internal';
}

/** For people on stderr; with `json` the same as one object on stdout, so that a reader always gets JSON. */
export function reportFailure(io: CliIo, thrown: unknown, json: boolean): ExitCode {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const hint = hintOf(thrown);
  const diagnostics = thrown instanceof BadFiles ? thrown.diagnostics : undefined;
  if (json) {
    const error = { code: codeOf(thrown), message, hint, ...(diagnostics ? { diagnostics } : {}) };
    io.stdout.write(`${JSON.stringify({ error }, null, 2)}\n`);
  }
  const style = styleFor(io, io.stderr);
  if (thrown instanceof BadFiles && !json)
    printDiagnostics(io, io.stderr, thrown.diagnostics, thrown.sources);
  io.stderr.write(`${style.red(style.bold('error:'))} ${printable(message.trim())}\n`);
  if (hint) io.stderr.write(`${style.cyan('hint:')}  ${hint}\n`);
  if (io.env['SWARMWALL_DEBUG'] && thrown instanceof Error) io.stderr.write(`${thrown.stack ?? ''}\n`);
  return 2;
}
