import assert from 'node:assert/strict';
import { watchDocker } from '../../../../plugin/agent/watch-docker.ts';
import type { Engine } from '../../../../plugin/docker/engine.ts';

type Event = Parameters<Parameters<Engine['events']>[0]['onEvent']>[0];

/** What is told of these events. */
function told(...events: readonly Event[]): readonly string[] {
  const heard: string[] = [];
  const engine = {
    events: ({ onEvent }) => {
      for (const event of events) onEvent(event);
    },
  } as Pick<Engine, 'events'> as Engine;
  watchDocker({
    world: { engine, watchNetns: () => () => undefined },
    onChange: () => heard.push('change'),
    onFiles: () => undefined,
    onStarted: () => heard.push('started'),
    onMade: (container, task) => heard.push(`made ${container} ${task ?? '-'}`),
    onEnded: (container, at) => heard.push(`ended ${container} ${at}`),
    onGap: () => undefined,
  });
  return heard;
}

const container = (Action: string, ID: string, Attributes: Readonly<Record<string, string>> = {}): Event => ({
  ...{ Type: 'container', Action, Actor: { ID, Attributes }, timeNano: 5_000_000_000 },
});

describe("Docker's events", () => {
  it('tell which containers are made, and as whose', () => {
    const task = { 'com.docker.swarm.task.id': 'task' };
    assert.deepEqual(told(container('create', 'a', task), container('create', 'b')), [
      ...['made a task', 'change', 'made b -', 'change'],
    ]);
  });

  it('tell when one ended; of networks, and of what runs beside it, no such thing', () => {
    assert.deepEqual(told(container('start', 'a'), container('die', 'a')), [
      ...['started', 'ended a 5000', 'change'],
    ]);
    assert.deepEqual(told({ Type: 'network', Action: 'create', Actor: { ID: 'n' } }), ['change']);
    assert.deepEqual(told(container('exec_create: sh', 'a'), container('health_status: healthy', 'a')), []);
  });
});
