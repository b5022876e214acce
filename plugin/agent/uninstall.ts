import { rm } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { BRIDGES_TABLE, guardedDevices } from '../../rules/bridges/bridges.ts';
import { removeAll } from '../../rules/plan.ts';
import { policyPath } from '../authz/policy-file.ts';
import { DEFAULT_CONFIG, type Config } from '../config.ts';
import { asFault } from '../fault.ts';
import { releaseBridgeNetfilter } from '../kernel/bridge-netfilter.ts';
import { executeSteps } from '../kernel/execute.ts';
import { hostNamespace, namespaceAt, type Namespace } from '../kernel/namespace.ts';
import { listOwnTables, observeTables } from '../kernel/observe.ts';
import { stopCounting } from '../kernel/packet-counting.ts';
import { createLog, type Log } from '../log.ts';
import { runProcess, type Run } from '../process/run.ts';
import { removeLeaseFile } from './dns/lease-file.ts';
import { clearDockerUser } from './docker-user-removal.ts';
import { netnsPath, readNetns, sortNetns } from './netns-folder.ts';
import { stateFile } from './state-file.ts';

export interface UninstallOptions {
  readonly config?: Partial<Config>;
  readonly log?: Log;
  readonly run?: Run;
  /** Where the engine still asks the plugin: without its policy it would let everybody do everything. */
  readonly keepAuthz?: boolean;
}

export interface UninstallResult {
  readonly agentStopped: boolean;
  /** Namespace files that held tables. */
  readonly namespaces: readonly string[];
  readonly dockerUser: boolean;
}

/** Leaves nothing of ours in this node's kernel or state folder. Needs no Docker; may be run again. */
export async function uninstall(options: UninstallOptions = {}): Promise<UninstallResult> {
  const config = { ...DEFAULT_CONFIG, ...options.config };
  const log = options.log ?? createLog();
  const run = options.run ?? runProcess;
  const agentStopped = await stopAgent(join(config.socketDir, 'agent.sock'));
  const namespaces: string[] = [];
  for (const { file } of sortNetns(await readNetns(netnsPath(config.execRoot, ''))).overlays)
    if (await clear(netnsPath(config.execRoot, file), run)) namespaces.push(file);
  const host = hostNamespace(run);
  await clearHost(host);
  const dockerUser = await clearDockerUser(host);
  const state = stateFile(config.stateDir);
  const left = await state.read().catch(() => undefined);
  if (left?.counting === true) await stopCounting(host);
  await state.remove();
  await removeLeaseFile(config.stateDir);
  if (options.keepAuthz !== true) await rm(policyPath(config.authzDir), { force: true });
  log.info({ agentStopped, namespaces, dockerUser }, 'removed');
  return { agentStopped, namespaces, dockerUser };
}

async function clear(path: string, run: Run): Promise<boolean> {
  const namespace = namespaceAt(path, run);
  try {
    const tables = await listOwnTables(namespace);
    await executeSteps(removeAll(tables), { namespace });
    if (tables.length > 0) await releaseBridgeNetfilter(namespace);
    return tables.length > 0;
  } catch (error) {
    // The file of a namespace that went with its last task, or was left by a Docker that was killed.
    if (/reassociate|No such file|Invalid argument|does not exist/.test(asFault(error).message)) return false;
    throw error;
  }
}

/** The bridge family first: what it marks, the other's tables take off again. */
async function clearHost(namespace: Namespace): Promise<void> {
  const tables = await listOwnTables(namespace);
  const guarding = tables.some(({ table }) => table === BRIDGES_TABLE);
  const bridges = guarding ? guardedDevices(await observeTables(namespace, BRIDGES_TABLE)) : [];
  const ordered = [...tables].sort((a, b) => (a.family < b.family ? -1 : 1));
  await executeSteps(removeAll(ordered), { namespace });
  for (const device of bridges)
    // It may be gone, as its network is.
    await releaseBridgeNetfilter(namespace, device).catch(() => undefined);
}

/** True when one was there; it has ended when this settles. */
function stopAgent(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ socketPath, path: '/v1/stop', method: 'POST', timeout: 5_000 }, (response) => {
      response.resume();
      response.once('close', () => {
        void waitGone(socketPath).then(() => {
          resolve(true);
        });
      });
    });
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => {
      resolve(false);
    });
    asked.end();
  });
}

async function waitGone(socketPath: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const there = await new Promise<boolean>((resolve) => {
      const probe = request({ socketPath, path: '/v1/status', timeout: 1_000 }, (response) => {
        response.resume();
        resolve(true);
      });
      probe.once('error', () => {
        resolve(false);
      });
      probe.end();
    });
    if (!there) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
}
