import type {
  RawConfig,
  RawContainer,
  RawEvent,
  RawInfo,
  RawNetwork,
  RawNode,
  RawService,
  RawTask,
} from './engine-data.ts';

/**
 * One Docker engine. Each call throws Fault `docker-unavailable` (no answer) or `docker-failed` (with `data.status`).
 * `services`, `tasks`, `nodes` and `policyConfigs` answer on managers only.
 */
export interface Engine {
  info(): Promise<RawInfo>;
  clusterId(): Promise<string>;
  services(): Promise<readonly RawService[]>;
  tasks(): Promise<readonly RawTask[]>;
  nodes(): Promise<readonly RawNode[]>;
  /** Those that are, or look like, versions of cluster policies or staged changes; with their data. */
  policyConfigs(): Promise<readonly RawConfig[]>;
  networks(): Promise<readonly RawNetwork[]>;
  /** Undefined when there is none. */
  network(id: string): Promise<RawNetwork | undefined>;
  /** All of them, not only those that run. */
  containers(): Promise<readonly RawContainer[]>;
  /** Labels of an image, which containers of it have too; none when it is gone. */
  imageLabels(id: string): Promise<Readonly<Record<string, string>>>;
  /** Until `signal` aborts: reconnects by itself; `onGap` says that events may have been missed. */
  events(options: {
    readonly types: readonly string[];
    readonly signal: AbortSignal;
    readonly onEvent: (event: RawEvent) => void;
    readonly onGap: () => void;
  }): void;
}
