import type { DeniedFlow } from '../../../rules/overlay/denied-flows.ts';
import type { ObservedProgram } from '../../../rules/nftables/program.ts';
import type { Step } from '../../../rules/step.ts';
import { FakeKernel, reverse, type Tuple } from '../../support/fake-kernel.ts';
import { createOverlayLab, type OverlayLab, type Role } from './overlay-lab.ts';
import { echoAnswered } from './raw-packets.ts';
import { PATIENCE } from './peer-protocol.ts';

export type Family = 'IPv4' | 'IPv6';

/** What a contract needs of a kernel; the fake and the real one give it. */
export interface OverlayWorld {
  address(role: Role): string;
  apply(steps: readonly Step[]): void;
  observe(): readonly ObservedProgram[];
  denied(): readonly DeniedFlow[];
  counter(name: string): number;
  /** Undefined: no connection. Both ways have been used when it is there. */
  connect(from: Role, to: Role, protocol: 'tcp' | 'udp', port: number): Promise<Flow | undefined>;
  ping(from: Role, to: Role): Promise<boolean>;
  reset(): void;
  stop(): Promise<void>;
}

export interface Flow {
  /** A message and its echo. */
  exchange(): Promise<boolean>;
  /** A message that the server sends unasked. */
  push(): Promise<boolean>;
  close(): Promise<void>;
}

/** Ports that every endpoint listens on, in both protocols. */
export const PORTS = [80, 81, 2000, 2999];

export function createFakeWorld(family: Family): Promise<OverlayWorld> {
  let kernel = new FakeKernel();
  let sourcePort = 40000;
  const subnet = family === 'IPv4' ? '10.88.0.' : 'fd88::';
  const address = (role: Role) => `${subnet}${['a', 'b', 'c', 'd', 'remote'].indexOf(role) + 2}`;
  const both = (tuple: Tuple) => Promise.resolve(kernel.send(tuple) && kernel.send(reverse(tuple)));
  return Promise.resolve({
    address,
    apply: (steps) => {
      steps.forEach((step) => {
        kernel.apply(step);
      });
    },
    observe: () => kernel.observe(),
    denied: () => kernel.denied(),
    counter: (name) => kernel.counter(name),
    async connect(from, to, protocol, port) {
      const tuple = { from: address(from), to: address(to), protocol, port, sourcePort: sourcePort++ };
      if (!(await both(tuple))) return undefined;
      return {
        exchange: () => both(tuple),
        push: () => Promise.resolve(kernel.send(reverse(tuple))),
        close: () => Promise.resolve(),
      };
    },
    ping: (from, to) =>
      both({ from: address(from), to: address(to), protocol: 'icmp', port: 0, sourcePort: sourcePort++ }),
    reset() {
      kernel = new FakeKernel();
    },
    stop: () => Promise.resolve(),
  });
}

export async function createRealWorld(family: Family): Promise<OverlayWorld> {
  const lab = await createOverlayLab();
  await listenEverywhere(lab);
  let flows = 0;
  const addressOf = (role: Role) => lab.endpoints[role][family === 'IPv4' ? 'address' : 'address6'];
  return {
    address: addressOf,
    apply: lab.apply,
    observe: lab.observe,
    denied: lab.denied,
    counter: (name) => lab.counters('inet')[name] ?? 0,
    async connect(from, to, protocol, port) {
      const { client } = lab.endpoints[from];
      const { client: server } = lab.endpoints[to];
      const name = `flow${flows++}`;
      const open = await client.ask({ do: 'open', name, protocol, to: addressOf(to), port });
      const flow: Flow = {
        exchange: async () => (await client.ask({ do: 'exchange', name })) === true,
        async push() {
          const before = await client.ask({ do: 'pushed', name });
          await server.ask({ do: 'push', port });
          const end = Date.now() + PATIENCE;
          while (Date.now() < end) if ((await client.ask({ do: 'pushed', name })) !== before) return true;
          return false;
        },
        close: async () => {
          await client.ask({ do: 'close', name });
        },
      };
      if (open === true && (await flow.exchange())) return flow;
      if (open === true) await flow.close();
      return undefined;
    },
    ping: (from, to) => Promise.resolve(echoAnswered(lab.endpoints[from].namespace, addressOf(to))),
    reset: lab.reset,
    stop: lab.stop,
  };
}

export async function listenEverywhere(lab: OverlayLab): Promise<void> {
  for (const { client } of Object.values(lab.endpoints))
    for (const protocol of ['tcp', 'udp'] as const)
      await Promise.all(PORTS.map((port) => client.ask({ do: 'listen', protocol, port })));
}
