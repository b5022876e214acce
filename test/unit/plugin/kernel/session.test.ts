import assert from 'node:assert/strict';
import { namespaceAt } from '../../../../plugin/kernel/namespace.ts';
import { openSession } from '../../../../plugin/kernel/session.ts';
import type { Converse } from '../../../../plugin/process/converse.ts';
import { FakeClock } from '../fake-clock.ts';
import { FakeRun } from '../fake-run.ts';

interface Program {
  readonly argv: string;
  readonly heard: string[];
  readonly say: (text: string) => void;
  readonly end: () => void;
}

const setUp = () => {
  const clock = new FakeClock();
  const programs: Program[] = [];
  const converse: Converse = (file, args, onText) => {
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const heard: string[] = [];
    programs.push({ argv: [file, ...args].join(' '), heard, say: onText, end });
    return { say: (text) => heard.push(text), stop: end, ended };
  };
  const namespace = namespaceAt('/run/docker/netns/1-net', new FakeRun().run);
  const session = openSession({ namespace, converse, clock }, 'nft', ['-i']);
  const ask = async (commands: string) => {
    let answer: boolean | undefined;
    const judge = (said: string) =>
      said.includes('done') ? true : said.includes('wrong') ? false : undefined;
    void session.ask(commands, judge).then((done) => (answer = done));
    await clock.pass(0);
    return () => answer;
  };
  return { clock, programs, session, ask };
};

describe('a program that stays to be told more', () => {
  it('is there before the first question, and answers each in its turn', async () => {
    const { clock, programs, ask } = setUp();
    const [program] = programs;
    assert.equal(program?.argv, 'nsenter --net=/run/docker/netns/1-net -- setpriv --pdeathsig KILL nft -i');
    const first = await ask('a\n');
    const second = await ask('b\n');
    assert.deepEqual(program.heard, ['a\n']);
    program.say('do');
    program.say('ne');
    await clock.pass(0);
    assert.deepEqual([first(), second(), program.heard], [true, undefined, ['a\n', 'b\n']]);
    program.say('done');
    await clock.pass(0);
    assert.equal(second(), true);
    assert.equal(programs.length, 1);
  });

  it('is made anew when it refuses: what else it has to say is no answer to the next question', async () => {
    const { clock, programs, ask } = setUp();
    const refused = await ask('a\n');
    programs[0]?.say('wrong');
    await clock.pass(1_000);
    assert.equal(refused(), false);
    const next = await ask('b\n');
    programs[0]?.say('done');
    await clock.pass(0);
    assert.deepEqual([next(), programs.length], [undefined, 2]);
  });

  it('is made anew when it ends, and what was asked of it is not known to be done', async () => {
    const { clock, programs, ask } = setUp();
    const lost = await ask('a\n');
    programs[0]?.end();
    await clock.pass(0);
    assert.equal(lost(), false);
    assert.equal((await ask('b\n'))(), false, 'none is there');
    await clock.pass(1_000);
    assert.equal(programs.length, 2);
    const answer = await ask('c\n');
    // Of the one before, however late.
    programs[0]?.say('done');
    await clock.pass(0);
    assert.equal(answer(), undefined);
    programs[1]?.say('done');
    await clock.pass(0);
    assert.equal(answer(), true);
  });

  it('is started less and less often while it is of no use', async () => {
    const { clock, programs } = setUp();
    for (let second = 0; second < 600; second += 1) {
      programs.at(-1)?.end();
      await clock.pass(1_000);
    }
    assert.ok(programs.length < 20, `${programs.length} times in ten minutes`);
  });

  it('is ended when it says nothing for long', async () => {
    const { clock, programs, ask } = setUp();
    const answer = await ask('a\n');
    const next = await ask('b\n');
    await clock.pass(5_000);
    assert.equal(answer(), false);
    assert.equal(next(), false);
    await clock.pass(1_000);
    assert.equal(programs.length, 2);
  });

  it('stays ended once it is stopped', async () => {
    const { clock, programs, session } = setUp();
    session.stop();
    await clock.pass(5_000);
    assert.equal(programs.length, 1);
  });
});
