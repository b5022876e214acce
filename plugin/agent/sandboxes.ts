import { listLinks, type Link } from '../kernel/links.ts';
import type { Namespace } from '../kernel/namespace.ts';
import { listTcpSockets, type TcpSocket } from '../kernel/tcp-sockets.ts';
import { takeTurns, type InTurn } from '../process/take-turns.ts';

/** A container's namespace as it was when it was first asked for: each answer is fetched once, whoever asks. */
export interface Sandbox {
  /** @throws Fault as the next: it may be gone */
  links(): Promise<readonly Link[]>;
  sockets(): Promise<readonly TcpSocket[]>;
}

/** Programs that run side by side: a node may have hundreds of containers. */
const AT_ONCE = 8;

/** None is looked into before it is asked. */
export function lookIntoSandboxes(namespaces: readonly Namespace[]): readonly Sandbox[] {
  const lanes: InTurn[] = [];
  return namespaces.map((namespace, at): Sandbox => {
    const inTurn = (lanes[at % AT_ONCE] ??= takeTurns());
    const once = <T>(fetch: (from: Namespace) => Promise<T>): (() => Promise<T>) => {
      let fetched: Promise<T> | undefined;
      return () => (fetched ??= inTurn(() => fetch(namespace)));
    };
    return { links: once(listLinks), sockets: once(listTcpSockets) };
  });
}
