import { LIMITS, TIMES } from '../config.ts';
import { Fault } from '../fault.ts';
import type { Clock } from '../process/clock.ts';
import type { ControllerMessage, FlowHistory } from '../protocol.ts';
import type { FlowQuery, FlowRecord } from '../../rules/flows/flow-record.ts';

/** An agent that can be asked. */
export interface AskedAgent {
  send(message: ControllerMessage): void;
  close(fault: Fault): void;
}

export interface NodeAnswer {
  readonly flows: readonly FlowRecord[];
  /** Why there may be more that is not here. */
  readonly error?: string;
}

export interface FlowQuestions {
  /** Never fails: what an agent does not answer in time is an error in the answer. */
  ask(agent: AskedAgent, query: FlowQuery): Promise<NodeAnswer>;
  take(agent: AskedAgent, part: FlowHistory): void;
  /** The agent is gone. */
  end(agent: AskedAgent): void;
}

interface Open {
  readonly agent: AskedAgent;
  readonly flows: FlowRecord[];
  readonly most: number;
  readonly finish: (error?: string) => void;
}

/** Longer than the agent gives itself. */
const WITHIN = TIMES.flowHistory + 2_000;

/** Asks agents for their verdict logs, and puts the parts of the answers together. */
export function createFlowQuestions(clock: Clock): FlowQuestions {
  const open = new Map<number, Open>();
  let last = 0;
  return {
    ask: (agent, query) =>
      new Promise((resolve) => {
        const id = (last += 1);
        const most = query.limit ?? LIMITS.flowsDefault;
        const flows: FlowRecord[] = [];
        const cancel = clock.after(WITHIN, () => {
          open.get(id)?.finish('it does not answer in time');
        });
        const finish = (error?: string): void => {
          cancel();
          open.delete(id);
          resolve({ flows, ...(error !== undefined && { error }) });
        };
        open.set(id, { agent, flows, most, finish });
        agent.send({ type: 'flow-query', id, query: { ...query, limit: most } });
      }),
    take: (agent, { id, flows, done, error }) => {
      const question = open.get(id);
      // A late answer, or a made up one.
      if (question?.agent !== agent) return;
      if (question.flows.length + flows.length > question.most) {
        question.finish('it sent more than it was asked for');
        agent.close(new Fault('peer-invalid', 'the agent sent more flows than it was asked for'));
        return;
      }
      question.flows.push(...flows);
      if (done) question.finish(error);
    },
    end: (agent) => {
      for (const question of open.values())
        if (question.agent === agent) question.finish('its agent went while it was asked');
    },
  };
}
