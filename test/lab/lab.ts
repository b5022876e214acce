import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DEFAULT_ENGINE, engineTree, parseEngine, type EngineVersion } from './engine-tree.ts';
import { createFabric, createOutside, nodeAddress } from './fabric.ts';
import { FULL_KERNEL } from './full-kernel.ts';
import { buildImage, loadImage } from './demo-image.ts';
import { LabNode } from './node.ts';
import { OutsideHost } from './outside.ts';
import { identify, isAlive, signal, type ProcessId } from './process-id.ts';
import { LabError } from './process.ts';
import { removeDeadLabs, removeLab } from './remove-lab.ts';
import { labFolder, readRecord, writeRecord, type LabRecord } from './state.ts';
import { formSwarm, joinSwarm } from './swarm.ts';

export interface LabOptions {
  /** 2 unless told. */
  readonly nodes?: number;
  /** LAB_ENGINE, or 28.5. */
  readonly engine?: string;
  /** Names the lab on disk. A lab of the same prefix is replaced. */
  readonly prefix?: string;
  /** Leave it up when this process ends; `removeLab(prefix)` or `npm run lab -- down` ends it. */
  readonly keep?: boolean;
  readonly say?: (text: string) => void;
}

const DIST = join(dirname(dirname(import.meta.dirname)), 'dist');

/** Real Docker engines on a network of their own, on this machine. */
export class Lab {
  readonly prefix: string;
  readonly engine: EngineVersion;
  readonly folder: string;
  readonly outside: OutsideHost;
  readonly #nodes: LabNode[] = [];
  readonly #fabric: ProcessId;
  readonly #tree: string;
  readonly #image: string;
  #record: LabRecord;
  readonly #onSignal: (name: NodeJS.Signals) => void;
  readonly #onExit: () => void;

  private constructor(
    record: LabRecord,
    parts: { fabric: ProcessId; outside: ProcessId; tree: string; image: string },
  ) {
    this.prefix = record.prefix;
    this.engine = record.engine as EngineVersion;
    this.folder = labFolder(record.prefix);
    this.#record = record;
    this.#fabric = parts.fabric;
    this.#tree = parts.tree;
    this.#image = parts.image;
    this.outside = new OutsideHost(parts.outside, this.folder);
    this.#onSignal = (name) => {
      void this.destroy().finally(() => process.exit(name === 'SIGINT' ? 130 : 143));
    };
    // Last resort, and all that may be done here: what lives in the lab ends, its folder waits for the next start.
    this.#onExit = () => signal(this.#fabric, 'SIGKILL');
    if (!record.kept) process.once('exit', this.#onExit);
    // Not `once`: execa's own handler ends the process when it finds no other listener.
    process.on('SIGINT', this.#onSignal);
    process.on('SIGTERM', this.#onSignal);
  }

  static async create(options: LabOptions = {}): Promise<Lab> {
    const say = options.say ?? (() => undefined);
    const engine = parseEngine(options.engine ?? process.env['LAB_ENGINE'] ?? DEFAULT_ENGINE);
    const prefix = options.prefix ?? `lab-${process.pid}`;
    if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(prefix))
      throw new LabError('bad-prefix', `Not a lab's name: ${prefix}`);
    if (process.getuid?.() !== 0) throw new LabError('not-root', 'The lab makes namespaces: run it as root.');

    const dead = await removeDeadLabs();
    if (dead.length > 0) say(`removed what was left of ${dead.join(', ')}`);
    await removeLab(prefix);
    const [tree, image] = await Promise.all([engineTree(engine, say), buildImage()]);

    const owner = identify(process.pid)!;
    const base = {
      prefix,
      owner,
      kept: options.keep === true,
      engine,
      cgroup: `swarmwall-lab-${prefix}`,
      nodes: [],
    };
    writeRecord(base);
    const folder = labFolder(prefix);
    const fabric = await createFabric(folder, (init) => {
      writeRecord({ ...base, init });
    });
    const outside = await createOutside(folder, fabric);
    const record = { ...base, init: fabric, outside };
    writeRecord(record);
    const lab = new Lab(record, { fabric, outside, tree, image });
    try {
      const count = options.nodes ?? 2;
      const all = Array.from({ length: count }, (_, index) => index);
      // Two engines that start at once under emulation miss their own time limits.
      if (FULL_KERNEL) for (const index of all) await lab.#makeNode(index);
      else await Promise.all(all.map((index) => lab.#makeNode(index)));
      lab.#remember();
    } catch (error) {
      await lab.destroy();
      throw error;
    }
    return lab;
  }

  /** Takes up one that another process made and kept. Its engines cannot be stopped from here. */
  static async adopt(prefix: string): Promise<Lab> {
    const record = readRecord(prefix);
    if (record?.init === undefined || record.outside === undefined || !isAlive(record.init))
      throw new LabError('unknown-lab', `No lab ${prefix} is up.`);
    const [tree, image] = await Promise.all([
      engineTree(parseEngine(record.engine), () => undefined),
      buildImage(),
    ]);
    const lab = new Lab(record, { fabric: record.init, outside: record.outside, tree, image });
    for (const node of record.nodes)
      lab.#nodes.push(LabNode.adopt(node, join(lab.folder, node.name), record.cgroup));
    return lab;
  }

  get nodes(): readonly LabNode[] {
    return this.#nodes;
  }

  node(name: string): LabNode {
    const found = this.#nodes.find((node) => node.name === name);
    if (found === undefined) throw new LabError('unknown-node', `No node ${name}.`);
    return found;
  }

  /** The first node: a manager once `swarm` has run. */
  get manager(): LabNode {
    return this.#nodes[0]!;
  }

  async swarm(options: { readonly managers?: number } = {}): Promise<void> {
    await formSwarm(this.#nodes, options.managers ?? 1);
  }

  /** One more node, late; it joins unless told otherwise. */
  async addNode(options: { readonly join?: 'manager' | 'worker' | false } = {}): Promise<LabNode> {
    const node = await this.#makeNode(this.#nodes.length);
    this.#remember();
    const role = options.join ?? 'worker';
    if (role !== false) await joinSwarm(this.manager, node, role);
    return node;
  }

  /** Ends everything and leaves nothing. */
  async destroy(): Promise<void> {
    await removeLab(this.prefix);
    this.#letGo();
  }

  /** From now on the lab outlives this process. */
  keep(): void {
    this.#letGo();
    this.#record = { ...this.#record, kept: true };
    writeRecord(this.#record);
  }

  #letGo(): void {
    process.off('SIGINT', this.#onSignal);
    process.off('SIGTERM', this.#onSignal);
    process.off('exit', this.#onExit);
  }

  async #makeNode(index: number): Promise<LabNode> {
    const name = `node${index + 1}`;
    const folder = join(this.folder, name);
    mkdirSync(folder, { recursive: true });
    const node = await LabNode.create({
      ...{ folder, name, address: nodeAddress(index), tree: this.#tree, dist: DIST },
      ...{ fabric: this.#fabric, cgroup: this.#record.cgroup },
    });
    this.#nodes[index] = node;
    await node.startEngine();
    await loadImage(node, this.#image);
    return node;
  }

  #remember(): void {
    const nodes = this.#nodes.map(({ name, address, init }) => ({ name, address, init }));
    this.#record = { ...this.#record, nodes };
    writeRecord(this.#record);
  }
}

export const createLab = (options: LabOptions = {}): Promise<Lab> => Lab.create(options);
