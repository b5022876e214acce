import { field, textOf, type Asking, type Field } from './read-field.ts';
import type { Space } from './wish.ts';

const MODES: readonly (readonly [name: string, space: Space])[] = [
  ['PidMode', 'pid'],
  ['IpcMode', 'ipc'],
  ['UTSMode', 'uts'],
  ['UsernsMode', 'user'],
  ['CgroupnsMode', 'cgroup'],
  ['Cgroup', 'cgroup'],
];

/** `HostConfig`'s namespaces: the host's, or those of another container. */
export function readNamespaces(host: Field, asking: Asking): void {
  for (const [name, space] of MODES) {
    const at = field(host, name);
    readMode(textOf(at, asking), space, at, asking);
  }
}

/** Networks of these names are no networks of their own: Docker's default, none, or another's. */
const NOT_JOINED = ['', 'default', 'none', 'host'];

/** `HostConfig.NetworkMode`, a build's `networkmode`. Whatever is no mode is the name of a network. */
export function readNetworkMode(mode: string, at: Field, asking: Asking): void {
  if (readMode(mode, 'network', at, asking) || NOT_JOINED.includes(mode)) return;
  asking.add(at, { kind: 'network', reference: mode });
}

/** Whether it says anything that is judged. moby compares the words exactly. */
function readMode(mode: string, space: Space, at: Field, asking: Asking): boolean {
  if (mode === 'host') asking.add(at, { kind: 'host-namespace', space });
  else if (mode.startsWith('container:'))
    asking.add(at, { kind: 'shared-namespace', space, container: mode.slice('container:'.length) });
  // Paths to a namespace: Podman's and nerdctl's, no engine's so far.
  else if (mode.startsWith('ns:')) asking.add(at, { kind: 'host-namespace', space });
  else return false;
  return true;
}
