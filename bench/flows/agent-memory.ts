import { readFileSync } from 'node:fs';

const READER = 'swarmwall-flow-';

/** MiB of the agent's process and of its flow reader's, now and at the most. */
export interface AgentMemory {
  readonly agent: number;
  readonly agentPeak: number;
  readonly readerPeak: number;
}

export function readAgentMemory(agent: number): AgentMemory {
  const reader = childrenOf(agent).find((pid) => nameOf(pid) === READER);
  if (reader === undefined) throw new Error('the agent has no flow reader');
  return {
    agent: mebibytes(agent, 'VmRSS'),
    agentPeak: mebibytes(agent, 'VmHWM'),
    readerPeak: mebibytes(reader, 'VmHWM'),
  };
}

function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

/** The kernel keeps 15 characters of it. */
function nameOf(pid: number): string {
  return readFileSync(`/proc/${String(pid)}/comm`, 'utf8').trim();
}

function mebibytes(pid: number, what: 'VmRSS' | 'VmHWM'): number {
  const text = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return Math.round(Number(new RegExp(`${what}:\\s+(\\d+) kB`).exec(text)?.[1]) / 1024);
}
