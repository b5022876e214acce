import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BegunTrial } from './host-trial.ts';
import { Fault } from '../fault.ts';
import type { SavedNumbering } from '../../rules/numbering.ts';
import type { NodeSnapshot } from '../../rules/network-policy.ts';

const VERSION = 2;

/** What a restarted agent needs to adopt the kernel's tables: its numbers, and the last policy. */
export interface AgentState {
  readonly version: typeof VERSION;
  readonly policy: NodeSnapshot | undefined;
  /** By network id. */
  readonly numbering: Readonly<Record<string, SavedNumbering>>;
  readonly driftRepaired: number;
  readonly hostTrial?: BegunTrial | undefined;
  /** The node's own connections count their packets for us alone: so uninstalling ends it. */
  readonly counting?: boolean;
}

export interface StateFile {
  /** Undefined when there is none; `state-unreadable` when it can't be trusted. */
  read(): Promise<AgentState | undefined>;
  /** Whole, or none is left: an old policy must not come back where a newer one is in the kernel. */
  write(state: Omit<AgentState, 'version'>): Promise<void>;
  remove(): Promise<void>;
}

export function stateFile(folder: string): StateFile {
  const path = join(folder, 'agent-state.json');
  return {
    read: async () => {
      let text;
      try {
        text = await readFile(path, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw new Fault('state-unreadable', `${path} can't be read`, { cause: error });
      }
      try {
        const state = JSON.parse(text) as AgentState;
        if (state.version === VERSION) return state;
      } catch (error) {
        throw new Fault('state-unreadable', `${path} is damaged`, { cause: error });
      }
      throw new Fault('state-unreadable', `${path} is of another version`);
    },
    write: async (state) => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const next = `${path}.next`;
      try {
        const file = await open(next, 'w', 0o600);
        try {
          await file.writeFile(JSON.stringify({ version: VERSION, ...state }));
        } finally {
          await file.close();
        }
        await rename(next, path);
      } catch (error) {
        await remove();
        throw new Fault('state-unwritable', `${path} can't be written: a restart will wait for a manager`, {
          cause: error,
        });
      }
    },
    remove,
  };

  async function remove(): Promise<void> {
    for (const file of [path, `${path}.next`]) await rm(file, { force: true, recursive: true });
  }
}
