import { runInMachine } from '../lab/vm/run-in-machine.ts';

/** One line of mocha's json-stream reporter. */
type Event = readonly ['start' | 'end' | 'pass' | 'fail', EventData];
interface EventData {
  readonly fullTitle?: string;
  readonly stack?: string;
  readonly err?: string;
}
interface Result {
  readonly failure: string | undefined;
}

const MOCHA = ['node', 'node_modules/mocha/bin/mocha.js', '--no-config', '--no-package', '--timeout', '0'];

/** A mocha file that runs inside the virtual machine; its results come out as they are known. */
export class ScenarioRun {
  readonly #results = new Map<string, Result>();
  readonly #waiting = new Map<string, (result: Result | undefined) => void>();
  #said = '';
  /** Exit code, or why there is none. */
  readonly ended: Promise<number | Error>;

  /** `besides`: programs that it starts. */
  constructor(program: string, besides: readonly string[], timeout: number) {
    let rest = '';
    this.ended = runInMachine({
      programs: [program, ...besides],
      argv: [...MOCHA, '--reporter', 'json-stream', program.replace(/ts$/, 'mjs')],
      timeout,
      stdout: (chunk) => {
        const lines = (rest + chunk.toString()).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) this.#take(line);
      },
      stderr: (chunk) => {
        this.#said += chunk.toString();
      },
      say: (text) => void process.stderr.write(`    vm: ${text}\n`),
    })
      .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))))
      .finally(() => {
        for (const tell of this.#waiting.values()) tell(undefined);
        this.#waiting.clear();
      });
    this.#over = this.ended.then(() => true);
  }

  readonly #over: Promise<boolean>;

  /** Passes or throws as that test did in the machine. */
  async result(fullTitle: string): Promise<void> {
    const result =
      this.#results.get(fullTitle) ??
      (await Promise.race([
        new Promise<Result | undefined>((resolve) => this.#waiting.set(fullTitle, resolve)),
        this.#over.then(() => undefined),
      ]));
    if (result?.failure !== undefined) throw new Error(`${result.failure}\n${this.#said}`);
    if (result === undefined)
      throw new Error(`The machine said nothing of it.\n${this.#hooks()}${this.#said}`);
  }

  /** What failed outside of the tests themselves. */
  #hooks(): string {
    return [...this.#results]
      .filter(([title, { failure }]) => failure !== undefined && title.includes(' hook'))
      .map(([title, { failure }]) => `${title}: ${failure ?? ''}\n`)
      .join('');
  }

  #take(line: string): void {
    if (!line.startsWith('["')) return;
    const [kind, { fullTitle = '', err = '', stack = '' }] = JSON.parse(line) as Event;
    if (kind !== 'pass' && kind !== 'fail') return;
    const result = { failure: kind === 'fail' ? stack || err : undefined };
    this.#results.set(fullTitle, result);
    this.#waiting.get(fullTitle)?.(result);
    this.#waiting.delete(fullTitle);
  }
}
