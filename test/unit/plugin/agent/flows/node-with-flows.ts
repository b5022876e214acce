import assert from 'node:assert/strict';
import { createFlows, type NodeFlows } from '../../../../../plugin/agent/flows/create-flows.ts';
import { countKernelLosses, type KernelLosses } from '../../../../../plugin/agent/flows/kernel-losses.ts';
import { READER_PROTOCOL } from '../../../../../plugin/agent/flows/reader-protocol.ts';
import { holdPolicy } from '../../../../../plugin/agent/held-policy.ts';
import type { GuardedFile } from '../../../../../plugin/agent/network-guards.ts';
import { DEFAULT_CONFIG } from '../../../../../plugin/config.ts';
import { EMPTY_VIEW } from '../../../../../plugin/controller/cluster-view.ts';
import { silentLog } from '../../../../../plugin/log.ts';
import type { Converse } from '../../../../../plugin/process/converse.ts';
import type { DockerUserInput } from '../../../../../rules/docker-user/docker-user.ts';
import type { FlowQuery, FlowRecord } from '../../../../../rules/flows/flow-record.ts';
import { ownFolder } from '../../authz/own-folder.ts';
import { FakeClock } from '../../fake-clock.ts';
import { edge, edge6, facts, guarded, policy, shop, snapshot } from './node-scene.ts';

const HELLO = `hello ${String(READER_PROTOCOL)} 0.1.0\n`;

/** A node's flows in each test, whose reader says what the test writes. */
export interface NodeWithFlows {
  readonly clock: FakeClock;
  readonly kernel: KernelLosses;
  readonly flows: NodeFlows;
  /** What the reader was told. */
  readonly said: readonly string[];
  /** Its runs. */
  readonly running: readonly { end(): void }[];
  readonly folder: { readonly path: string };
  /** The reader says it. */
  write(text: string): void;
  recorded(query?: FlowQuery): Promise<readonly FlowRecord[]>;
}

export function nodeWithFlows(): NodeWithFlows {
  const folder = ownFolder();
  let clock: FakeClock;
  let said: string[];
  let running: { write: (text: string) => void; end: () => void }[];
  let kernel: KernelLosses;
  let flows: NodeFlows;

  beforeEach(() => {
    clock = new FakeClock();
    kernel = countKernelLosses(clock);
    said = [];
    running = [];
    const converse: Converse = (file, args, onText) => {
      assert.deepEqual([file, args], ['swarmwall-flow-reader', []]);
      let end: () => void = () => undefined;
      const ended = new Promise<void>((resolve) => (end = resolve));
      running.push({ write: onText, end });
      let greeted = false;
      const say = (text: string): void => {
        said.push(text.trim());
        if (!greeted) onText(HELLO);
        greeted = true;
      };
      return { say, stop: end, ended };
    };
    flows = createFlows({
      config: { ...DEFAULT_CONFIG, authzDir: folder.path },
      bridges: {
        facts: shop,
        endpoints: new Map([['172.30.0.2', 'shop/api']]),
        view: EMPTY_VIEW,
        network: { ...policy, services: {} },
      },
      edge: () => edge,
      edge6: () => edge6,
      host: () => ({ state: 'confirmed', policies: ['nodes'] }),
      ...{ converse, clock, log: silentLog(), policy: holdPolicy(snapshot) },
      ...{ facts: () => facts, hostname: () => 'one', kernel, onProblem: () => undefined },
    });
    flows.watchGuarded(guarded);
  });
  afterEach(() => flows.stop());

  return {
    folder,
    get clock() {
      return clock;
    },
    get kernel() {
      return kernel;
    },
    get flows() {
      return flows;
    },
    get said() {
      return said;
    },
    get running() {
      return running;
    },
    write: (text) => {
      running.at(-1)?.write(text);
    },
    recorded: async (query = {}) => {
      const found: FlowRecord[] = [];
      for await (const record of flows.history(query)) found.push(record);
      return found;
    },
  };
}

/** What a node enforces with, as its flows ask for it. */
export const enforcing = (
  networks: readonly GuardedFile[],
  held?: DockerUserInput,
  firewall = false,
): Parameters<NodeFlows['keepOnly']>[0] =>
  ({
    networks: { list: () => networks },
    bridges: { health: () => [] },
    hostFirewall: { health: () => (firewall ? ['applied'] : []) },
    dockerUser: { held },
    ipv6Edge: {},
  }) as never;
