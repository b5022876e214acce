import assert from 'node:assert/strict';
import type { Fault } from '../../../../plugin/fault.ts';
import { createFlowQuestions } from '../../../../plugin/controller/flow-questions.ts';
import type { ControllerMessage } from '../../../../plugin/protocol.ts';
import { aFlow } from '../../rules/flows/a-flow.ts';
import { FakeClock } from '../fake-clock.ts';

const setUp = () => {
  const clock = new FakeClock();
  const asked: ControllerMessage[] = [];
  const closed: string[] = [];
  const agent = {
    send: (message: ControllerMessage) => void asked.push(message),
    close: ({ code }: Fault) => void closed.push(code),
  };
  return { clock, asked, closed, agent, questions: createFlowQuestions(clock) };
};

const part = (id: number, count: number, done: boolean) => ({
  ...({ type: 'flow-history', id, done } as const),
  flows: Array.from({ length: count }, (_, port) => aFlow({ port })),
});

describe('a question to a node', () => {
  it('is answered by all parts together', async () => {
    const { asked, agent, questions } = setUp();
    const answer = questions.ask(agent, { limit: 9, port: 1 });
    assert.deepEqual(asked, [{ type: 'flow-query', id: 1, query: { limit: 9, port: 1 } }]);
    questions.take(agent, part(1, 2, false));
    questions.take(agent, part(1, 3, false));
    questions.take(agent, { ...part(1, 0, true), error: 'cut' });
    const { flows, error } = await answer;
    assert.deepEqual([flows.length, error], [5, 'cut']);
  });

  it('has a limit though nobody asked for one', async () => {
    const { asked, agent, questions } = setUp();
    void questions.ask(agent, {});
    assert.deepEqual(asked, [{ type: 'flow-query', id: 1, query: { limit: 1_000 } }]);
  });

  it('is answered in time, with what came, when the node says no more', async () => {
    const { clock, agent, questions } = setUp();
    const answer = questions.ask(agent, { limit: 9 });
    questions.take(agent, part(1, 2, false));
    await clock.pass(20_000);
    assert.deepEqual(await answer.then(({ flows, error }) => [flows.length, error]), [
      2,
      'it does not answer in time',
    ]);
    questions.take(agent, part(1, 1, true));
  });

  it('is answered when the agent goes', async () => {
    const { agent, questions } = setUp();
    const answer = questions.ask(agent, { limit: 9 });
    questions.end({ ...agent });
    questions.end(agent);
    assert.match((await answer).error ?? '', /went/u);
  });

  it('is not answered by another node, nor twice', async () => {
    const { agent, questions } = setUp();
    const answer = questions.ask(agent, { limit: 9 });
    questions.take({ ...agent }, part(1, 3, true));
    questions.take(agent, part(2, 3, true));
    questions.take(agent, part(1, 1, true));
    questions.take(agent, part(1, 1, true));
    assert.equal((await answer).flows.length, 1);
  });

  it('ends the connection of who sends more than was asked for', async () => {
    const { closed, agent, questions } = setUp();
    const answer = questions.ask(agent, { limit: 2 });
    questions.take(agent, part(1, 3, false));
    assert.deepEqual(closed, ['peer-invalid']);
    assert.deepEqual((await answer).flows, []);
  });
});
