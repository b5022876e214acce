import type { Mode } from '../../compose-ext/policy-model.ts';
import type { NetworkDelta, NetworkInfo, NetworkPolicy } from '../../rules/network-policy.ts';
import { createNumbering, type Numbering, type SavedNumbering } from '../../rules/numbering.ts';
import type { LocalPorts } from '../../rules/overlay/local-ports.ts';
import { createOverlay, type Overlay } from '../../rules/overlay/overlay.ts';
import { plan, planChange } from '../../rules/plan.ts';
import type {
  Family,
  ObservedProgram,
  Program,
  ProgramChange,
  TableChange,
} from '../../rules/nftables/program.ts';
import type { Step } from '../../rules/step.ts';
import { Fault } from '../fault.ts';
import { ensureBridgeNetfilter } from '../kernel/bridge-netfilter.ts';
import { executeSteps } from '../kernel/execute.ts';
import type { ElementSession } from '../kernel/element-session.ts';
import type { Namespace } from '../kernel/namespace.ts';
import { observeTables } from '../kernel/observe.ts';
import type { Log } from '../log.ts';
import { takeTurns } from '../process/take-turns.ts';

export interface NetworkGuardOptions {
  readonly network: NetworkInfo;
  readonly namespace: Namespace;
  readonly log: Log;
  readonly saved: SavedNumbering | undefined;
  /** Where numbers begin when none were saved. */
  readonly numbersFrom: number;
  /** Before each transaction of ours that changes a table. */
  readonly onOwnChange: () => void;
  readonly onDrift: (what: string) => void;
  /** Before the first rules are in a namespace whose ports are known: what they have open is to go on. */
  readonly carry?: (ports: LocalPorts) => Promise<void>;
  /** The short way for what it takes. */
  readonly elements?: Pick<ElementSession, 'add'>;
  readonly observe?: typeof observeTables;
}

/** The program of one overlay namespace: what it should be, and the way there. */
export interface NetworkGuard {
  readonly network: NetworkInfo;
  readonly policy: 'none' | 'known';
  readonly state: 'pending' | 'applied' | 'failed';
  /** Those ports that the kernel has, as far as `apply` could see. */
  readonly appliedPorts: LocalPorts;
  readonly entries: number;
  readonly ports: LocalPorts;
  setPolicy(policy: NetworkPolicy): void;
  update(delta: NetworkDelta): void;
  setPorts(ports: LocalPorts): void;
  /** audit: nothing is dropped, not even what is nobody's. */
  setMode(mode: Mode): void;
  /** The kernel may hold something else: compare at the next `apply`. */
  distrust(): void;
  /**
   * May be called again meanwhile: the calls take turns.
   * @throws Fault `kernel-refused`, `kernel-mismatch`; then the next one starts from what the kernel holds.
   */
  apply(): Promise<void>;
  save(): SavedNumbering;
}

/** To read an element back, all of its set are read: with more than this a new process is as fast. */
const MOST_ENTRIES = 2_000;

export function guardNetwork(options: NetworkGuardOptions): NetworkGuard {
  const { namespace, log, network, observe = observeTables } = options;
  const numbering: Numbering = createNumbering(options.saved, options.numbersFrom);
  let ports: LocalPorts = [];
  let appliedPorts: LocalPorts = [];
  /** Those in what is being written. */
  let writtenPorts: LocalPorts = [];
  let portsKnown = false;
  // With numbers of its own: those that were saved are for the policy to come.
  let overlay: Overlay = createOverlay({
    policy: emptyPolicy(network),
    numbering: createNumbering(),
    guard: ports,
  });
  let mode: Mode = 'enforce';
  let known = false;
  let pending: ProgramChange[] = [];
  /** first: never compared. own: we changed what we cannot follow. drift: someone may have. */
  let compare: 'first' | 'own' | 'drift' | undefined = 'first';
  let underWay: readonly ProgramChange[] = [];
  let state: NetworkGuard['state'] = 'pending';
  let entries = 0;
  const inTurn = takeTurns();

  function add(change: ProgramChange): void {
    if (change.tables.length > 0 || change.forget.length > 0) pending.push(change);
  }

  /** They stay until `apply` has succeeded, for the flows to cut when it is tried again. */
  function takePending(): readonly ProgramChange[] {
    writtenPorts = ports;
    underWay = [...underWay, ...pending];
    pending = [];
    return underWay;
  }

  async function addShortly(changes: readonly TableChange[]): Promise<boolean> {
    return entries < MOST_ENTRIES && (await options.elements?.add(changes, options.onOwnChange)) === true;
  }

  async function perform(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      if (step.kind === 'update-elements' && (await addShortly(step.changes))) continue;
      if (step.kind !== 'forget-flows') options.onOwnChange();
      await executeSteps([step], {
        namespace,
        onUncut: (address) => {
          log.warn({ network: network.name, address }, 'conntrack is not installed: flows are not cut');
        },
        onUnlogged: () => {
          log.warn({ network: network.name }, 'this kernel has no nfnetlink_log: flows are not recorded');
        },
      });
    }
  }

  async function reconcile(why: NonNullable<typeof compare>): Promise<void> {
    await ensureBridgeNetfilter(namespace);
    // In one tick: what comes from here on is not in this program, and stays pending.
    const program = overlay.program();
    const said = { inet: known, bridge: portsKnown };
    const taken = takePending();
    const forget = planChange({ tables: [], forget: taken.flatMap((change) => change.forget) });
    const clean = taken.every(({ tables }) => tables.length === 0);
    entries = countElements(program);
    const observed = await observe(namespace);
    // What is not known yet but an earlier agent wrote stays as it is until it is known.
    const desired = program.filter(({ family }) => said[family] || !isWhole(family, observed));
    const steps = plan(desired, observed);
    if (why === 'first' && observed.length === 0 && writtenPorts.length > 0)
      await options.carry?.(writtenPorts);
    await perform([...steps, ...forget]);
    if (steps.length === 0) return;
    if (why === 'drift' && clean) options.onDrift(`${network.name}: ${describe(steps)}`);
    else log.info({ network: network.name, steps: describe(steps) }, 'program written');
    if (plan(desired, await observe(namespace)).length > 0)
      throw new Fault('kernel-mismatch', `${network.name}: the kernel does not hold what was written`, {
        data: { namespace: namespace.path },
      });
  }

  async function follow(): Promise<void> {
    for (const change of takePending()) {
      await perform(planChange(change));
      for (const { sets } of change.tables)
        for (const { add: added, remove } of sets) entries += added.length - remove.length;
    }
  }

  async function applyNow(): Promise<void> {
    if (compare === undefined && pending.length === 0) {
      if (state === 'applied') appliedPorts = ports;
      return;
    }
    const why = compare;
    compare = undefined;
    try {
      if (why === undefined) await follow();
      else await reconcile(why);
      underWay = [];
      state = 'applied';
      appliedPorts = writtenPorts;
    } catch (error) {
      state = 'failed';
      compare = 'own';
      throw error;
    }
  }

  return {
    network,
    get policy() {
      return known ? ('known' as const) : ('none' as const);
    },
    get state() {
      return state;
    },
    get appliedPorts() {
      return appliedPorts;
    },
    get entries() {
      return entries;
    },
    get ports() {
      return ports;
    },
    setPolicy: (policy) => {
      if (known) {
        add(overlay.update({ network: policy.network.id, whole: policy }));
        return;
      }
      known = true;
      overlay = createOverlay({ policy, numbering, guard: ports, mode });
      compare ??= 'own';
      state = 'pending';
    },
    update: (delta) => {
      if (known) add(overlay.update(delta));
    },
    setPorts: (next) => {
      ports = next;
      if (!portsKnown) compare ??= 'own';
      portsKnown = true;
      add(overlay.setPorts(next));
    },
    setMode: (next) => {
      if (next === mode) return;
      mode = next;
      overlay.setMode(mode);
      compare ??= 'own';
      state = 'pending';
    },
    distrust: () => {
      compare ??= 'drift';
    },
    apply: () => inTurn(applyNow),
    save: () => numbering.save(),
  };
}

function emptyPolicy(network: NetworkInfo): NetworkPolicy {
  return { network, endpoints: {}, services: {}, allows: {} };
}

function isWhole(family: Family, observed: readonly ObservedProgram[]): boolean {
  return observed.some((table) => table.family === family && table.version !== '');
}

function countElements(programs: readonly Program[]): number {
  let count = 0;
  for (const { elements } of programs) for (const set of elements.values()) count += set.size;
  return count;
}

function describe(steps: readonly Step[]): string {
  return steps
    .map((step) => {
      if (step.kind === 'load-table') return `${step.program.family} table loaded`;
      if (step.kind !== 'update-elements') return step.kind;
      const sets = step.changes.flatMap((change) => change.sets);
      const added = sets.reduce((sum, set) => sum + set.add.length, 0);
      const removed = sets.reduce((sum, set) => sum + set.remove.length, 0);
      return `${String(added)} elements added, ${String(removed)} removed`;
    })
    .join(', ');
}
