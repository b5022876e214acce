import { deployStack } from '../../e2e/agents.ts';
import { eventually } from '../../lab/eventually.ts';
import type { Lab } from '../../lab/lab.ts';
import type { LabNode } from '../../lab/node.ts';
import { waitRunning } from '../../lab/tasks.ts';
import { Wire } from '../../lab/wire/wire.ts';
import { cTool } from '../../lab/c-tool.ts';
import { enter, type Place } from './place.ts';
import { serveNames } from './names.ts';
import { CLIENT, NETWORK, PORT, SERVICES, STACK } from './stack.ts';

export type Role = (typeof SERVICES)[number] extends `field_${infer Name}` ? Name : never;

/** The battlefield: a stack on two nodes, a way into each of its tasks, and into the host outside. */
export class World {
  readonly lab: Lab;
  readonly outside: Wire;
  readonly network: { readonly id: string; readonly vxlan: number };
  readonly #places: ReadonlyMap<string, Place>;
  readonly #closing: (() => Promise<void>)[] = [];
  #tokens = 0;

  private constructor(
    lab: Lab,
    outside: Wire,
    places: ReadonlyMap<string, Place>,
    network: World['network'],
  ) {
    this.lab = lab;
    this.outside = outside;
    this.network = network;
    this.#places = places;
  }

  static async open(lab: Lab): Promise<World> {
    await deployStack(lab, 'field', STACK);
    const tasks = await waitRunning(lab, SERVICES);
    const places = new Map<string, Place>();
    await Promise.all(
      tasks.map(async ({ service, node, container, addresses }) => {
        const place = await enter(node, container, addresses[NETWORK]!);
        places.set(`${service} ${node.name}`, place);
      }),
    );
    const { stdout } = await lab.manager.docker(['network', 'inspect', NETWORK]);
    const [found] = JSON.parse(stdout) as [{ Id: string; Options: Record<string, string> }];
    const vxlan = Number(found.Options['com.docker.network.driver.overlay.vxlanid_list']);
    const outside = await Wire.start('nsenter', [
      `--target=${String(lab.outside.init.pid)}`,
      '--net',
      await cTool('wire'),
    ]);
    const world = new World(lab, outside, places, { id: found.Id, vxlan });
    for (const port of Object.values(PORT.outside)) {
      const echo = await lab.outside.spawn('socat', [`TCP-LISTEN:${String(port)},fork,reuseaddr`, 'PIPE']);
      world.#closing.push(() => echo.stop('SIGKILL'));
    }
    world.#closing.push(await serveNames(lab));
    await eventually(async () => {
      for (const node of lab.nodes) {
        for (const other of lab.nodes) await world.honest(node, world.on('victim', other));
        await world.honestClient(world.on('edge', node));
        await world.honestLeaving(world.on('caged', node));
      }
    }, 60_000);
    return world;
  }

  get one(): LabNode {
    return this.lab.nodes[0]!;
  }

  get two(): LabNode {
    return this.lab.nodes[1]!;
  }

  on(role: Role, node: LabNode): Place {
    const place = this.#places.get(`field_${role} ${node.name}`);
    if (place === undefined) throw new Error(`No ${role} on ${node.name}.`);
    return place;
  }

  /** In what is sent, to know it by. */
  token(): string {
    return `token-${String(process.pid)}-${String(this.#tokens++)}-`;
  }

  /** A port of the ephemeral kind that no attempt has used before. */
  sourcePort(): number {
    return 20_000 + (this.#tokens++ % 10_000);
  }

  /** What the managers know has come to every node; at once where nothing enforces. */
  settled: () => Promise<void> = () => Promise.resolve();

  /** Ends with this world. */
  closing(close: () => Promise<void>): void {
    this.#closing.push(close);
  }

  /**
   * What the policy allows, from this node to that victim: a connection, and the answer to it. What was sent before on the
   * same path has arrived when this returns, or never will. @throws when it fails
   */
  async honest(from: LabNode, victim: Place): Promise<void> {
    const { wire } = this.on('friend', from);
    await this.answered(wire, victim.wire, { address: victim.overlay.address, port: PORT.victim.allowed });
  }

  /** The client outside to a published port of the edge on this node. */
  async honestClient(edge: Place): Promise<void> {
    await this.answered(this.outside, edge.wire, { address: edge.node.address, port: PORT.edge.published });
  }

  /** The caged service to the one port that it may use. */
  async honestLeaving(caged: Place): Promise<void> {
    await this.answered(caged.wire, this.outside, { address: CLIENT, port: PORT.outside.allowed });
  }

  /** A TCP connection's own words come back, and were seen at the other end's interface. */
  async answered(
    from: Wire,
    at: Wire,
    to: { readonly address: string; readonly port: number },
  ): Promise<void> {
    const token = this.token();
    const name = `the honest connection to ${to.address}:${String(to.port)}`;
    const connection = from.open({ protocol: 'tcp', ...to });
    try {
      if (!(await from.until(() => connection.opened, 10_000))) throw new Error(`${name} does not open`);
      connection.say(`${token}\n`);
      if (!(await from.until(() => connection.heard.includes(token), 10_000)))
        throw new Error(`${name} is not answered`);
      if (!(await at.until(() => at.frames((bytes) => bytes.includes(token)).length > 0, 10_000)))
        throw new Error(`${name} was not seen where it arrives`);
    } finally {
      connection.close();
    }
  }

  async close(): Promise<void> {
    for (const close of this.#closing.splice(0).reverse()) await close();
    this.outside.stop();
    for (const { wire } of this.#places.values()) wire.stop();
  }
}
