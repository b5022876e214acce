import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startFlowReader, type FlowReader } from '../../../../../plugin/agent/flows/flow-reader.ts';
import type { ReaderLine } from '../../../../../plugin/agent/flows/reader-line.ts';
import { READER_PROTOCOL } from '../../../../../plugin/agent/flows/reader-protocol.ts';
import type { Log } from '../../../../../plugin/log.ts';
import { FakeClock } from '../../fake-clock.ts';

const ROOT = join(import.meta.dirname, ...Array<string>(5).fill('..'));
const OWN = String(READER_PROTOCOL);
const OTHER = String(READER_PROTOCOL + 1);

describe('agent and flow reader', () => {
  let clock: FakeClock;
  let reader: FlowReader;
  let lines: ReaderLine[];
  let logged: string[];
  let problems: (string | undefined)[];
  let begun: { readonly write: (text: string) => void; readonly end: () => void; stopped: boolean }[];

  beforeEach(() => {
    clock = new FakeClock();
    [lines, logged, problems, begun] = [[], [], [], []];
    const note =
      (level: string) =>
      (_: object, message: string): void => {
        logged.push(`${level} ${message}`);
      };
    const log: Log = {
      ...{ debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') },
      child: () => log,
    };
    reader = startFlowReader({
      ...{ file: 'swarmwall-flow-reader', version: '0.3.0', clock, log },
      converse: (_file, _args, onText) => {
        let end: () => void = () => undefined;
        const ended = new Promise<void>((resolve) => (end = resolve));
        const process = { write: onText, end, stopped: false };
        begun.push(process);
        const stop = (): void => {
          process.stopped = true;
          end();
        };
        return { say: () => undefined, stop, ended };
      },
      onLine: (line) => lines.push(line),
      onProblem: () => problems.push(reader.problem),
    });
    reader.watch('/run/netns/one');
  });
  afterEach(() => {
    reader.stop();
  });

  const write = (text: string): void => {
    begun.at(-1)?.write(text);
  };

  it('have one number for their protocol', () => {
    const header = readFileSync(join(ROOT, 'flow-reader', 'flow.h'), 'utf8');
    assert.equal(/^#define PROTOCOL (\d+)$/mu.exec(header)?.[1], OWN);
  });

  it('go on once the reader has said that it speaks the same', async () => {
    write(`hello ${OWN} 0.2`);
    write('.9\nopen 1\n');
    await clock.pass(60_000);
    assert.deepEqual([lines.map(({ kind }) => kind), problems, logged, begun.length], [['open'], [], [], 1]);
  });

  const own = `this agent speaks protocol ${OWN} (version 0.3.0)`;
  for (const [what, said, why] of [
    ['another protocol', `hello ${OTHER} 0.4.0`, `it speaks protocol ${OTHER} (version 0.4.0); ${own}`],
    [
      'none, as old ones do not',
      'open 1',
      `it does not say which protocol it speaks, as old ones do not; ${own}`,
    ],
    ['what nobody understands', '!', `it does not say which protocol it speaks, as old ones do not; ${own}`],
  ] as const)
    it(`say so, once, of a reader that speaks ${what}, and take nothing of it`, async () => {
      write(`${said}\nunread 1 d 40\n`);
      assert.deepEqual(problems, [why]);
      assert.equal(begun[0]?.stopped, true);
      for (let tries = 0; tries < 4; tries += 1) {
        await clock.pass(5_000);
        write(`${said}\nunread 1 d 40\n`);
      }
      assert.ok(begun.length > 2, 'it may have been mended');
      assert.deepEqual([problems, lines], [[why], []]);
      assert.deepEqual(logged, [
        'error no flow of this node is recorded, while its rules are in force: ' +
          `the flow reader: ${why}; install agent and swarmwall-flow-reader of one build`,
      ]);
    });

  it('say so of a reader that says nothing at all', async () => {
    await clock.pass(14_999);
    assert.deepEqual(problems, []);
    await clock.pass(1);
    assert.match(String(problems[0]), /^it does not say which protocol it speaks/u);
    assert.equal(begun[0]?.stopped, true);
  });

  it('say so of a reader that ends at once, or is not there', async () => {
    begun[0]?.end();
    await clock.pass(0);
    assert.match(String(problems[0]), /^it ended before it said which protocol it speaks; this agent/u);
    assert.equal(logged.length, 1);
  });

  it('go on when the right reader is there', async () => {
    write('open 1\n');
    await clock.pass(250);
    write(`hello ${OWN} 0.3.0\nopen 1\n`);
    assert.deepEqual([problems.length, reader.problem, lines.length], [2, undefined, 1]);
    assert.match(logged.at(-1) ?? '', /^info the flow reader is understood/u);
  });

  it('take the end of one that was understood for what it is', async () => {
    write(`hello ${OWN} 0.3.0\n`);
    begun[0]?.end();
    await clock.pass(0);
    assert.deepEqual(logged, ['warn the flow reader has ended: no flow is recorded until it runs again']);
    assert.deepEqual(problems, []);
  });

  it('say nothing of a reader that ends with the agent', async () => {
    reader.stop();
    await clock.pass(60_000);
    assert.deepEqual([problems, logged], [[], []]);
  });
});
