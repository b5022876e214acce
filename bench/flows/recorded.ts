import { createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DEFAULT_CONFIG } from '../../plugin/config.ts';
import { readFlowRecord } from '../../rules/flows/read-flow-record.ts';
import type { LabNode } from '../../test/lab/node.ts';

/** By a node's verdict log. */
export interface Recorded {
  /** Connections that were allowed, packets that were not. */
  readonly begun: number;
  /** Of allowed connections that have ended. */
  readonly packets: number;
}

/** What the log, as it is on the node's disk, has of flows to this address since then. */
export async function recordedSince(node: LabNode, since: number, to: string): Promise<Recorded> {
  const folder = node.pathHere(join(DEFAULT_CONFIG.authzDir, 'flows'));
  let [begun, packets] = [0, 0];
  for (const file of readdirSync(folder)) {
    const lines = createInterface({ input: createReadStream(join(folder, file)), crlfDelay: Infinity });
    for await (const line of lines) {
      const record = readFlowRecord(line);
      if (typeof record === 'string' || record.first < since || record.destination.address !== to) continue;
      const allowed = record.verdict === 'allowed';
      begun += allowed ? record.connections : record.packets;
      if (allowed) packets += record.packets;
    }
  }
  return { begun, packets };
}

const METRIC = /^swarmwall_flow_records_lost_total\{(?:[^}]*,)?why="([^"]+)"[^}]*\} (\d+)$/gm;
const METRICS = `http://127.0.0.1:${String(DEFAULT_CONFIG.agentMetricsPort)}/metrics`;
const READ = `fetch('${METRICS}').then((answer) => answer.text()).then((text) => process.stdout.write(text))`;

/** What the node's agent says that it lost, as everybody is told. */
export async function readLosses(node: LabNode): Promise<Readonly<Record<string, number>>> {
  const { stdout } = await node.run('node', ['-e', READ]);
  return Object.fromEntries([...stdout.matchAll(METRIC)].map(([, why = '', count]) => [why, Number(count)]));
}
