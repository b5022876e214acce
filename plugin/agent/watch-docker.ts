import type { AgentWorld } from './agent-world.ts';
import { TASK_LABEL } from './local-facts.ts';

export interface WatchDockerOptions {
  readonly world: Pick<AgentWorld, 'engine' | 'watchNetns'>;
  /** Something appeared, changed or went. */
  readonly onChange: () => void;
  /** A task's container was made: it starts in some 300 ms. */
  readonly onTask: (task: string) => void;
  /** Events may have been missed. */
  readonly onGap: () => void;
}

/** Docker's events, and those of its namespace files, which come first. Returns what ends it. */
export function watchDocker({ world, onChange, onTask, onGap }: WatchDockerOptions): () => void {
  const aborting = new AbortController();
  const unwatch = world.watchNetns(onChange);
  world.engine.events({
    types: ['container', 'network'],
    signal: aborting.signal,
    onEvent: ({ Type, Action, Actor }) => {
      const task = Type === 'container' && Action === 'create' ? Actor?.Attributes?.[TASK_LABEL] : undefined;
      if (task !== undefined) onTask(task);
      // Health checks and execs come by the second.
      if (Action !== undefined && !Action.startsWith('exec_') && !Action.startsWith('health_status'))
        onChange();
    },
    onGap,
  });
  return () => {
    aborting.abort();
    unwatch();
  };
}
