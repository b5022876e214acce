import { Fault } from '../../../plugin/fault.ts';
import type { Run } from '../../../plugin/process/run.ts';

export interface Call {
  readonly argv: string;
  readonly input?: string;
}

type Answer = string | { readonly exitCode: number; readonly stdout?: string };

/** Answers by the start of argv, longest first; what has no answer ends well and says nothing. */
export class FakeRun {
  readonly calls: Call[] = [];
  readonly answers = new Map<string, Answer | (() => Answer)>();

  readonly run: Run = (file, args, options = {}) => {
    const argv = [file, ...args].join(' ');
    this.calls.push({ argv, ...(options.input === undefined ? {} : { input: options.input }) });
    const [, found = ''] =
      [...this.answers].sort(([a], [b]) => b.length - a.length).find(([start]) => argv.startsWith(start)) ??
      [];
    const answer = typeof found === 'function' ? found() : found;
    const { exitCode, stdout = '' } = typeof answer === 'string' ? { exitCode: 0, stdout: answer } : answer;
    if (exitCode === 0 || options.accept?.includes(exitCode) === true)
      return Promise.resolve({ exitCode, stdout, stderr: '' });
    return Promise.reject(
      new Fault('process-failed', `${argv}: exit ${String(exitCode)}`, { data: { exitCode } }),
    );
  };

  /** argv of those that started so, since the last `forget`. */
  matching(start: string): readonly Call[] {
    return this.calls.filter(({ argv }) => argv.startsWith(start));
  }

  forget(): void {
    this.calls.length = 0;
  }
}
