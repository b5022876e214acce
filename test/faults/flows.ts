import { setTimeout as sleep } from 'node:timers/promises';
import { OpenConnection } from '../e2e/open-connection.ts';
import { eventually } from '../lab/eventually.ts';
import { patient } from '../lab/full-kernel.ts';
import type { LabNode } from '../lab/node.ts';
import type { LabTask } from '../lab/tasks.ts';
import { PacketReceiver, PacketSender, type Arrivals } from '../lab/traffic/stream.ts';
import { FLOW_PORT, NETWORK, TCP_PORT } from './stack.ts';

const EVERY_MS = patient(20);

/** From a task to a database: packets fifty times a second, ten on an emulated machine. */
export interface Flow {
  readonly kind: 'allowed' | 'forbidden';
  readonly from: LabNode;
  readonly to: LabNode;
}

interface RunningFlow extends Flow {
  readonly source: string;
  readonly receiver: PacketReceiver;
}

export interface Damage {
  /** Packets of forbidden flows that arrived. */
  readonly leaked: number;
  /** Which those flows are. */
  readonly ways: readonly string[];
  /** Packets of allowed flows, of those that count, that did not. */
  readonly lost: number;
  /** TCP connections that say nothing any more. */
  readonly broken: readonly string[];
}

/** Every client and every attacker to every database, and a connection between each two nodes. */
export class Flows {
  readonly #flows: readonly RunningFlow[];
  readonly #connections: ReadonlyMap<string, OpenConnection>;
  readonly #stops: readonly (() => Promise<void>)[];

  private constructor(
    flows: readonly RunningFlow[],
    connections: ReadonlyMap<string, OpenConnection>,
    stops: readonly (() => Promise<void>)[],
  ) {
    this.#flows = flows;
    this.#connections = connections;
    this.#stops = stops;
  }

  static async start(tasks: readonly LabTask[], round: string): Promise<Flows> {
    const of = (service: string): readonly LabTask[] =>
      tasks.filter((task) => task.service === `fault_${service}`);
    const databases = of('db');
    const targets = databases.map((db) => ({ address: db.addresses[NETWORK]!, port: FLOW_PORT }));
    const receivers = await Promise.all(
      databases.map((db) => PacketReceiver.start(db, FLOW_PORT, `receive-${round}`)),
    );
    const senders = await Promise.all(
      [...of('client'), ...of('attacker')].map((task) =>
        PacketSender.start(task, EVERY_MS, targets, `${task.service}-${round}`),
      ),
    );
    const flowsFrom = (kind: Flow['kind'], from: LabTask): readonly RunningFlow[] =>
      databases.map((db, at) => ({
        kind,
        from: from.node,
        to: db.node,
        source: from.addresses[NETWORK]!,
        receiver: receivers[at]!,
      }));
    const flows = [
      ...of('client').flatMap((task) => flowsFrom('allowed', task)),
      ...of('attacker').flatMap((task) => flowsFrom('forbidden', task)),
    ];
    for (const { kind, source, receiver } of flows)
      if (kind === 'allowed') await eventually(() => receiver.from(source).received > 10, 60_000);
    const connections = new Map<string, OpenConnection>();
    for (const [at, client] of of('client').entries()) {
      const db = databases[(at + 1) % databases.length]!;
      const name = `tcp-${client.node.name}-${db.node.name}-${round}`;
      const address = db.addresses[NETWORK]!;
      connections.set(name, await OpenConnection.open(client, address, TCP_PORT));
    }
    const stops = [...senders, ...receivers].map((each) => () => each.stop());
    return new Flows(flows, connections, [
      ...stops,
      ...[...connections.values()].map((each) => () => each.close()),
    ]);
  }

  /** What `fault` does to them, until a moment after it. `counts`: which allowed flows it may not touch. */
  async during(fault: () => Promise<void>, counts: (flow: Flow) => boolean = () => true): Promise<Damage> {
    await this.#told(() => true);
    const before = this.#read();
    await fault();
    // For what is on its way.
    await sleep(300);
    await this.#told(counts);
    const after = this.#read();
    const ways: string[] = [];
    let leaked = 0;
    let lost = -(after.overflowed - before.overflowed);
    for (const [at, flow] of this.#flows.entries()) {
      const received = after.flows[at]!.received - before.flows[at]!.received;
      if (flow.kind === 'forbidden') {
        leaked += received;
        if (received > 0) ways.push(`${flow.from.name} → ${flow.to.name}`);
      } else if (counts(flow)) lost += after.flows[at]!.number - before.flows[at]!.number - received;
    }
    return { leaked, ways, lost: Math.max(lost, 0), broken: await this.#broken() };
  }

  /** TCP sends again after a pause that doubles, so after an interruption a connection takes a while to go on. */
  async #broken(): Promise<readonly string[]> {
    let broken = [...this.#connections];
    for (let attempt = 0; attempt < 20 && broken.length > 0; attempt += 1) {
      const heard = await Promise.all(broken.map(([, connection]) => connection.hears(700)));
      broken = broken.filter((_, at) => heard[at] === 0);
    }
    return broken.map(([name]) => name);
  }

  /** Waits until every allowed flow arrives again. */
  async recovered(): Promise<void> {
    const before = this.#read();
    await eventually(() => {
      const now = this.#read();
      const silent = this.#flows.filter(
        ({ kind }, at) => kind === 'allowed' && now.flows[at]!.received <= before.flows[at]!.received,
      );
      if (silent.length > 0)
        throw new Error(silent.map(({ from, to }) => `${from.name} → ${to.name}`).join(', '));
    }, 60_000);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#stops.map((stop) => stop()));
  }

  /** Receivers may have ended with their tasks where no flow to them counts: of the others a silent one is a fault. */
  async #told(counts: (flow: Flow) => boolean): Promise<void> {
    const awaited = this.#flows.filter((flow) => counts(flow) || flow.receiver.alive);
    const receivers = new Set(awaited.map(({ receiver }) => receiver));
    await Promise.all([...receivers].map((receiver) => receiver.told()));
  }

  #read(): { readonly flows: readonly Arrivals[]; readonly overflowed: number } {
    const receivers = new Set(this.#flows.map(({ receiver }) => receiver));
    return {
      flows: this.#flows.map(({ receiver, source }) => receiver.from(source)),
      overflowed: [...receivers].reduce((sum, receiver) => sum + receiver.overflowed(), 0),
    };
  }
}
