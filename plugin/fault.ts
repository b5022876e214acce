/** A fault of the world: Docker, the kernel, the network, a file. A user's mistake is a Diagnostic instead. */
export type FaultCode =
  | 'process-failed'
  | 'process-missing'
  | 'docker-unavailable'
  | 'docker-failed'
  | 'policy-conflict'
  | 'certificate-missing'
  | 'certificate-locked'
  | 'certificate-invalid'
  | 'peer-refused'
  | 'peer-invalid'
  | 'peer-slow'
  | 'peer-lost'
  | 'kernel-refused'
  | 'kernel-mismatch'
  | 'no-docker-user'
  | 'bridge-unguarded'
  | 'state-unreadable'
  | 'file-failed'
  | 'state-unwritable'
  | 'socket-in-use'
  | 'listen-failed'
  | 'bad-query'
  | 'too-many'
  | 'internal';

export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(
    code: FaultCode,
    message: string,
    options: { cause?: unknown; data?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.data = options.data ?? {};
  }
}

/** What was thrown, as a fault: another's error becomes the cause of one with `code`. */
export function asFault(thrown: unknown, code: FaultCode = 'internal'): Fault {
  if (thrown instanceof Fault) return thrown;
  return new Fault(code, thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
}
