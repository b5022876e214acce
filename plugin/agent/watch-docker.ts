import type { AgentWorld } from './agent-world.ts';
import { TASK_LABEL } from './local-facts.ts';

export interface WatchDockerOptions {
  readonly world: Pick<AgentWorld, 'engine' | 'watchNetns'>;
  /** Something appeared, changed or went. */
  readonly onChange: () => void;
  readonly onFiles: () => void;
  readonly onStarted: () => void;
  /** A container was made, a task's by its label: it starts in some 300 ms. */
  readonly onMade: (container: string, task: string | undefined) => void;
  /** It ended then, in milliseconds since 1970. */
  readonly onEnded: (container: string, at: number) => void;
  /** Events may have been missed. */
  readonly onGap: () => void;
}

/** Docker's events, and those of its namespace files, which come first. Returns what ends it. */
export function watchDocker(options: WatchDockerOptions): () => void {
  const { world, onChange, onGap } = options;
  const aborting = new AbortController();
  const unwatch = world.watchNetns(options.onFiles);
  world.engine.events({
    types: ['container', 'network'],
    signal: aborting.signal,
    onEvent: ({ Type, Action, Actor, timeNano }) => {
      const container = Type === 'container' ? Actor?.ID : undefined;
      if (container !== undefined && Action === 'create')
        options.onMade(container, Actor?.Attributes?.[TASK_LABEL]);
      if (container !== undefined && Action === 'die' && timeNano !== undefined)
        options.onEnded(container, timeNano / 1e6);
      if (Type === 'container' && Action === 'start') {
        options.onStarted();
        return;
      }
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
