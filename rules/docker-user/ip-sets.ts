import { SETS, STRANGER_SETS } from './names.ts';
import type { PrefixVerdict } from './prefixes.ts';
import type { IpSet } from './program.ts';

export interface IpSets {
  /** A set beyond those that the constant rules name. */
  declare(set: string, type: IpSet['type']): void;
  add(set: string, parts: readonly string[]): void;
  addBlocks(set: string, parts: readonly string[], blocks: readonly PrefixVerdict[]): void;
  all(): ReadonlyMap<string, IpSet>;
}

const TYPES: Readonly<Record<string, IpSet['type']>> = {
  [SETS.in]: 'hash:ip,port,net',
  [SETS.out]: 'hash:ip,port,net',
  [SETS.gateway]: 'hash:net',
  [SETS.tasksInAudit]: 'hash:ip',
  [SETS.meshAudit]: 'hash:ip,port',
  [SETS.tasksOutAudit]: 'hash:ip',
  [SETS.near]: 'hash:ip,port,net',
  [SETS.nearWould]: 'hash:ip,port,net',
  [SETS.nearInAudit]: 'hash:ip',
  [SETS.nearMeshAudit]: 'hash:ip,port',
  [SETS.nearOutAudit]: 'hash:ip',
  [SETS.tasksIn]: 'hash:ip',
  [SETS.mesh]: 'hash:ip,port',
  [SETS.tasksOut]: 'hash:ip',
  [SETS.nearIn]: 'hash:ip',
  [SETS.nearMesh]: 'hash:ip,port',
  [SETS.nearOut]: 'hash:ip',
  [SETS.nearTasks]: 'hash:ip',
  [SETS.nearKnown]: 'hash:ip',
  [SETS.ways]: 'hash:ip,port',
  [SETS.relay]: 'hash:ip,port',
  [SETS.relayWould]: 'hash:ip,port',
  [SETS.relayDenied]: 'hash:ip,port',
};

/** Sets whose entries stop packets; those of all others let them through. */
const GUARDING: readonly string[] = [
  ...[SETS.gateway, SETS.tasksIn, SETS.mesh, SETS.tasksOut],
  ...[SETS.nearIn, SETS.nearMesh, SETS.nearOut, SETS.nearTasks, SETS.nearKnown],
  ...[SETS.relayDenied, STRANGER_SETS.relayDenied],
];

export function isGuarding(set: string): boolean {
  return GUARDING.includes(set);
}

/** Every set that the constant rules name is there, filled or not. */
export function createIpSets(): IpSets {
  const sets = new Map(
    Object.entries(TYPES).map(([name, type]) => [name, { type, entries: new Map<string, '' | 'nomatch'>() }]),
  );
  function put(name: string, entry: string, value: '' | 'nomatch'): void {
    const set = sets.get(name);
    if (!set) throw new RangeError(`no set ${name}`);
    set.entries.set(entry, value);
  }
  return {
    declare(name, type) {
      if (!sets.has(name)) sets.set(name, { type, entries: new Map() });
    },
    add(name, parts) {
      put(name, parts.join(','), '');
    },
    addBlocks(name, parts, blocks) {
      for (const { prefix, match } of blocks) put(name, [...parts, prefix].join(','), match ? '' : 'nomatch');
    },
    all: () => sets,
  };
}
