import { asObserved, plan, removeAll } from '../../rules/plan.ts';
import type { Program } from '../../rules/nftables/program.ts';
import type { Step } from '../../rules/step.ts';
import { Fault } from '../fault.ts';
import type { ElementSession } from '../kernel/element-session.ts';
import { monitorDrift, type DriftMonitor } from '../kernel/drift-monitor.ts';
import { executeSteps } from '../kernel/execute.ts';
import type { Namespace } from '../kernel/namespace.ts';
import { observeTables } from '../kernel/observe.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import type { Follow } from '../process/follow.ts';
import { takeTurns } from '../process/take-turns.ts';
import type { ProgramHealth } from '../protocol.ts';

export interface TableGuardOptions {
  /** For people, in status and log. */
  readonly name: string;
  /** `swarmwall_…`: its own, in both families. */
  readonly table: string;
  readonly namespace: Namespace;
  readonly follow: Follow;
  readonly clock: Clock;
  readonly log: Log;
  /** Lines of `nft monitor` that are no drift: of sets that are filled beside the guard. */
  readonly besides?: RegExp;
  /** The short way for what it takes. */
  readonly elements?: ElementSession;
  readonly onDrift: (what: string) => void;
  /** Something else changed it: `apply` is due. */
  readonly onDirty: () => void;
}

/** Keeps tables of one name in one namespace as they should be: whole programs in, the smallest change out. */
export interface TableGuard {
  distrust(): void;
  /**
   * None: the tables go. May be called again meanwhile: the calls take turns.
   * @param loaded to take whenever a table was loaded: what a program does not tell
   * @throws Fault `kernel-refused`, `kernel-mismatch`; then the next one starts from what the kernel holds
   */
  apply(desired: readonly Program[], loaded?: readonly Step[]): Promise<void>;
  /** Empty until there was something to guard. */
  health(): readonly ProgramHealth[];
  stop(): void;
}

export function guardTable(options: TableGuardOptions): TableGuard {
  const { name, table, namespace, log } = options;
  let monitor: DriftMonitor | undefined;
  let last: readonly Program[] | undefined;
  let suspect = true;
  /** A table was loaded, and what is to follow has not been done yet. */
  let owing = false;
  let health: ProgramHealth | undefined;
  const inTurn = takeTurns();

  function distrust(): void {
    suspect = true;
  }

  async function reconcile(
    desired: readonly Program[],
    changed: boolean,
    loaded: readonly Step[],
  ): Promise<void> {
    const observed = await observeTables(namespace, table);
    const unwanted = observed.filter(({ family }) => !desired.some((program) => program.family === family));
    const planned = [...plan(desired, observed), ...removeAll(unwanted)];
    owing ||= planned.some(({ kind }) => kind === 'load-table');
    const steps = owing ? [...planned, ...loaded] : planned;
    for (const step of steps) {
      if (step.kind !== 'forget-flows') monitor?.expect();
      await executeSteps([step], { namespace });
    }
    owing = false;
    if (steps.length === 0) return;
    const kinds = [...new Set(steps.map(({ kind }) => kind))].join(', ');
    if (changed) log.info({ steps: kinds }, `${name} written`);
    else options.onDrift(`${name}: ${kinds} put back`);
    if (plan(desired, await observeTables(namespace, table)).length > 0)
      throw new Fault('kernel-mismatch', `${name}: the kernel does not hold what was written`);
  }

  /** True: the kernel held what was written last, as nobody was seen to change it, and holds this now. */
  async function follow(desired: readonly Program[]): Promise<boolean> {
    if (last === undefined || options.elements === undefined) return false;
    const [step, ...others] = plan(desired, last.map(asObserved));
    if (step?.kind !== 'update-elements' || others.length > 0 || desired.length < last.length) return false;
    return options.elements.add(step.changes, () => monitor?.expect());
  }

  function watch(): void {
    monitor ??= monitorDrift({
      namespace,
      follow: options.follow,
      clock: options.clock,
      concerns: (line) =>
        (new RegExp(` (inet|bridge) ${table}\\b`).test(line) && options.besides?.test(line) !== true) ||
        line.includes('flush ruleset'),
      onDrift: () => {
        distrust();
        options.onDirty();
      },
    });
  }

  async function applyNow(desired: readonly Program[], loaded: readonly Step[]): Promise<void> {
    const changed = last === undefined || !sameContents(desired, last);
    if (!changed && !suspect) return;
    // Before the first look: what is changed during it is looked at again.
    const trusted = !suspect;
    suspect = false;
    if (desired.length > 0) watch();
    const entries = desired.reduce((sum, program) => sum + sizeOf(program), 0);
    const counted = { name, entries, denied: 0, wouldDeny: 0 } as const;
    try {
      if (!trusted || !(await follow(desired))) await reconcile(desired, changed, loaded);
      last = desired;
      health = desired.length === 0 ? undefined : { ...counted, state: 'applied' };
    } catch (error) {
      suspect = true;
      health = { ...counted, state: 'failed' };
      throw error;
    }
  }

  return {
    distrust,
    apply: (desired, loaded = []) => inTurn(() => applyNow(desired, loaded)),
    health: () => (health === undefined ? [] : [health]),
    stop: () => {
      monitor?.stop();
      options.elements?.stop();
    },
  };
}

function sizeOf({ elements }: Program): number {
  let size = 0;
  for (const set of elements.values()) size += set.size;
  return size;
}

function sameContents(a: readonly Program[], b: readonly Program[]): boolean {
  return textOf(a) === textOf(b);
}

function textOf(programs: readonly Program[]): string {
  return JSON.stringify(
    programs.map(({ family, version, elements }) => [
      family,
      version,
      [...elements].map(([set, entries]) => [set, [...entries]]),
    ]),
  );
}
