import type { AskedThing } from './wish.ts';

/** Of a tmpfs: nothing that leads anywhere. `bind` and its like are flags of mount(2) and hold for every type. */
const HARMLESS =
  /^(|ro|rw|nosuid|nodev|noexec|noatime|(size|mode|uid|gid|nr_inodes|nr_blocks)=[0-9a-zA-Z%]+)$/;
const BIND = ['bind', 'rbind'];
const SHARED = ['shared', 'rshared', 'slave', 'rslave'];
const KNOWN = ['type', 'o', 'device', 'size'];

/**
 * What a volume leads to. The `local` driver hands `type`, `o` and `device` to mount(2): a bind mount of the host, a disk of
 * the host, a share of some server that dockerd then talks to. What another driver does with its options only it knows.
 */
export function volumeAsks(
  driver: string,
  options: ReadonlyMap<string, string>,
  volume: string,
): readonly AskedThing[] {
  if (driver !== '' && driver !== 'local') return [{ kind: 'volume-driver', driver }];
  const unknown = [...options.keys()].find((key) => !KNOWN.includes(key));
  if (unknown !== undefined) return [{ kind: 'volume-driver', driver: 'local', detail: unknown }];
  const [type, o, device] = ['type', 'o', 'device'].map((key) => options.get(key) ?? '') as [
    string,
    string,
    string,
  ];
  if (type === '' && o === '' && device === '') return [];
  const flags = o.split(',').map((flag) => flag.trim());
  if (type === 'none' || type === 'bind' || flags.some((flag) => BIND.includes(flag)))
    return [
      { kind: 'host-path', source: device, volume },
      ...flags
        .filter((flag) => SHARED.includes(flag))
        .map((mode) => ({ kind: 'propagation', mode }) satisfies AskedThing),
    ];
  if (type === 'tmpfs' && flags.every((flag) => HARMLESS.test(flag))) return [];
  return [{ kind: 'volume-driver', driver: 'local', detail: `type=${type},o=${o},device=${device}` }];
}
