import { DNS_SETS, DNS_TABLE } from '../../../rules/dns-egress/names.ts';
import type { TableChange } from '../../../rules/nftables/program.ts';
import { executeSteps } from '../../kernel/execute.ts';
import type { Namespace } from '../../kernel/namespace.ts';
import { listTimedSet } from '../../kernel/observe.ts';
import type { Clock } from '../../process/clock.ts';

export type LeaseSet = typeof DNS_SETS.leases | typeof DNS_SETS.leasesWhole;
/** What the kernel shall hold: set, key and when it ends, by `<set> <key>`. */
export type WantedElements = ReadonlyMap<string, WantedElement>;
export interface WantedElement {
  readonly set: LeaseSet;
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** A connection that a lease let begin. */
export interface NamedFlow {
  readonly key: string;
  readonly task: string;
  readonly address: string;
  readonly protocol: number;
  readonly port: number;
}

/** The kernel's side of the leases. One call at a time: the caller sees to that. */
export interface LeaseSets {
  /** What the kernel holds is looked at before the next change. */
  distrust(): void;
  /**
   * Adds and prolongs these.
   * @throws Fault `kernel-refused`; the next call looks first
   */
  add(wanted: WantedElements): Promise<void>;
  /** These and no others. Whether anything was there that nobody wanted. */
  replace(wanted: WantedElements): Promise<{ readonly removed: number }>;
  flows(): Promise<readonly NamedFlow[]>;
  cut(flows: readonly NamedFlow[]): Promise<void>;
}

/** An element whose time is this near what is wanted is left as it is. */
const NEAR = 1_000;
const SETS: readonly LeaseSet[] = [DNS_SETS.leases, DNS_SETS.leasesWhole];

export function createLeaseSets(namespace: Namespace, clock: Clock): LeaseSets {
  let held: Map<string, WantedElement> | undefined;

  async function look(): Promise<Map<string, WantedElement>> {
    if (held) return held;
    const found = new Map<string, WantedElement>();
    for (const set of SETS)
      for (const [key, seconds] of await listTimedSet(namespace, DNS_TABLE, set))
        found.set(`${set} ${key}`, { set, key, until: clock.elapsed() + seconds * 1_000 });
    return (held = found);
  }

  async function change(add: readonly WantedElement[], remove: readonly WantedElement[]): Promise<void> {
    if (add.length + remove.length === 0) return;
    const known = await look();
    const changes: readonly TableChange[] = [
      // One that ended by itself meanwhile would make all of it fail: added first, each is there for certain. Nor can an
      // element's time be changed but by taking it out.
      ...additions(remove),
      ...removals(remove),
      ...additions(add),
      ...removals(add),
      ...additions(add),
    ];
    try {
      await executeSteps([{ kind: 'update-elements', changes }], { namespace });
    } catch (error) {
      held = undefined;
      throw error;
    }
    for (const { set, key } of remove) known.delete(`${set} ${key}`);
    for (const element of add) known.set(`${element.set} ${element.key}`, element);
  }

  function lacking(wanted: WantedElements, known: WantedElements): readonly WantedElement[] {
    return [...wanted].flatMap(([id, element]) =>
      element.until - clock.elapsed() > NEAR && (known.get(id)?.until ?? 0) < element.until - NEAR
        ? [element]
        : [],
    );
  }

  function additions(elements: readonly WantedElement[]): readonly TableChange[] {
    return bySet(elements, ({ key, until }) => {
      const seconds = Math.max(1, Math.ceil((until - clock.elapsed()) / 1_000));
      return `${key} timeout ${seconds}s`;
    }).map(([set, keys]) => tableChange(set, [], keys));
  }

  return {
    distrust: () => {
      held = undefined;
    },
    add: async (wanted) => {
      const known = await look();
      await change(lacking(wanted, known), []);
    },
    replace: async (wanted) => {
      const known = await look();
      const unwanted = [...known].filter(([id]) => !wanted.has(id)).map(([, element]) => element);
      await change(lacking(wanted, known), unwanted);
      return { removed: unwanted.filter(({ until }) => until - clock.elapsed() > NEAR).length };
    },
    flows: async () => {
      const found = await listTimedSet(namespace, DNS_TABLE, DNS_SETS.flows);
      return [...found.keys()].flatMap((key) => {
        const [task = '', address = '', protocol, , port] = key.split(' . ');
        return [{ key, task, address, protocol: Number(protocol), port: Number(port) }];
      });
    },
    cut: async (flows) => {
      if (flows.length === 0) return;
      const keys = flows.map(({ key }) => key);
      // Added first: one that ended by itself meanwhile would make the whole change fail.
      const changes = [tableChange(DNS_SETS.flows, [], keys), tableChange(DNS_SETS.flows, keys, [])];
      await executeSteps([{ kind: 'update-elements', changes }], { namespace });
    },
  };
}

function removals(elements: readonly WantedElement[]): readonly TableChange[] {
  return bySet(elements, ({ key }) => key).map(([set, keys]) => tableChange(set, keys, []));
}

function bySet(
  elements: readonly WantedElement[],
  textOf: (element: WantedElement) => string,
): readonly (readonly [LeaseSet, readonly string[]])[] {
  return SETS.map((set) => [set, elements.filter((each) => each.set === set).map(textOf)] as const).filter(
    ([, texts]) => texts.length > 0,
  );
}

function tableChange(set: string, remove: readonly string[], add: readonly string[]): TableChange {
  const sets = [{ set, map: false, remove, add: add.map((key) => [key, ''] as const) }];
  return { family: 'inet', table: DNS_TABLE, sets };
}
