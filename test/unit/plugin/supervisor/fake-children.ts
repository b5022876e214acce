import type { Child } from '../../../../plugin/process/child.ts';

export interface FakeChild extends Child {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  end(how: string): void;
  readonly over: boolean;
}

/** Programs that end when a test says so, or when they are stopped. */
export class FakeChildren {
  readonly started: FakeChild[] = [];

  readonly start = (file: string, args: readonly string[], env: NodeJS.ProcessEnv): FakeChild => {
    let over = false;
    let settle: (how: string) => void = () => undefined;
    const ended = new Promise<string>((resolve) => {
      settle = resolve;
    });
    const end = (how: string): void => {
      over = true;
      settle(how);
    };
    const child: FakeChild = {
      ...{ pid: this.started.length + 1, argv: [file, ...args], env, ended, end },
      stop: async () => {
        end('SIGTERM');
        await ended;
      },
      get over() {
        return over;
      },
    };
    this.started.push(child);
    return child;
  };

  /** The last word of the argv of those that run. */
  running(): readonly (string | undefined)[] {
    return this.started.filter(({ over }) => !over).map(({ argv }) => argv.at(-1));
  }
}
