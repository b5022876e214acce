import type { Clock } from '../process/clock.ts';
import type { Follow } from '../process/follow.ts';
import type { Namespace } from './namespace.ts';

/** An own transaction shows up in the monitor within this, or not at all. */
const OWN_WINDOW = 1_000;
const RESTART = 1_000;

export interface DriftMonitor {
  /** A transaction of ours has changed the tables: one generation is not drift. */
  expect(): void;
  stop(): void;
}

export interface DriftMonitorOptions {
  readonly namespace: Namespace;
  readonly follow: Follow;
  readonly clock: Clock;
  /** Lines that speak of what is ours. */
  readonly concerns: (line: string) => boolean;
  readonly onDrift: () => void;
}

/**
 * `nft monitor` says what changed, then `# new generation` at the end of each transaction. Process ids in it are
 * of another pid namespace than ours may be, so transactions are counted: one more than ours is someone else's.
 */
export function monitorDrift(options: DriftMonitorOptions): DriftMonitor {
  const { clock } = options;
  let stopped = false;
  let concerned = false;
  let own: number[] = [];
  let end: () => void = () => undefined;

  function onLine(line: string): void {
    if (!line.startsWith('# new generation')) {
      concerned ||= options.concerns(line);
      return;
    }
    if (!concerned) return;
    concerned = false;
    own = own.filter((at) => clock.elapsed() - at < OWN_WINDOW);
    if (own.shift() === undefined) options.onDrift();
  }

  function start(): void {
    if (stopped) return;
    // A monitor that outlived a killed agent would keep the namespace alive.
    const args = ['--pdeathsig', 'KILL', 'nft', 'monitor'];
    const following = options.follow(...options.namespace.command('setpriv', args), onLine);
    end = following.stop;
    void following.ended.then(() => {
      // What happened meanwhile is unknown.
      if (stopped) return;
      options.onDrift();
      clock.after(RESTART, start);
    });
  }

  start();
  return {
    expect: () => {
      own.push(clock.elapsed());
    },
    stop: () => {
      stopped = true;
      end();
    },
  };
}
