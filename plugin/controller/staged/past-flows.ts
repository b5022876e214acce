import { TIMES } from '../../config.ts';
import { flowKey } from '../../../rules/flows/flow-key.ts';
import type { FlowQuery, FlowRecord } from '../../../rules/flows/flow-record.ts';
import type { NodePast } from '../flow-hub.ts';

/** A node whose flows before that time are not all known. */
export interface PastGap {
  /** Hostname. */
  readonly node: string;
  /** Milliseconds since 1970. */
  readonly before: number;
  readonly why: string;
}

export interface PastNode {
  readonly id: string;
  readonly hostname: string;
}

export interface PastQuestion {
  readonly nodes: readonly PastNode[];
  /** One node's verdict log: the newest records that fit the query. */
  readonly ask: (node: string, query: FlowQuery) => Promise<NodePast>;
  /** Milliseconds since 1970: from the first on, and before the second. */
  readonly since: number;
  readonly until: number;
  /** Absent: flows of all stacks. */
  readonly stack?: string;
  readonly take: (flow: FlowRecord) => void;
}

/** Of one answer: a node's records of hours do not fit in memory at once. More than an agent writes in `DISORDER` at the most. */
const PAGE = 30_000;
/** Of one node; what is older than these is a gap. */
const PAGES = 50;
/** Nodes asked at a time. */
const AT_ONCE = 2;
/** Records of one node are in its log nearly in the order of their ends: one may have waited a minute for the next (see `createPace`). */
const DISORDER = 62_000;

/** Reads the logs of all nodes, newest hours first, so that what cannot be read whole is known from some time on. */
export async function readPast(question: PastQuestion): Promise<readonly PastGap[]> {
  const gaps: PastGap[] = [];
  const left = [...question.nodes];
  const work = async (): Promise<void> => {
    for (let node = left.shift(); node !== undefined; node = left.shift()) {
      const gap = await readNode(question, node);
      if (gap !== undefined) gaps.push({ node: node.hostname, ...gap });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return gaps.sort((a, b) => (a.node < b.node ? -1 : 1));
}

type NodeGap = Omit<PastGap, 'node'> | undefined;

async function readNode(question: PastQuestion, { id }: PastNode): Promise<NodeGap> {
  const { since, until } = question;
  let end = until;
  let pages = PAGES;
  for (const begin of windows(since, until)) {
    let known = new Set<string>();
    for (let to = end; ;) {
      if (pages-- <= 0) return { before: to, why: 'there are more flows than are looked at' };
      const { flows, error } = await question.ask(id, queryOf(question, begin, to));
      const fresh = flows.filter(
        (flow) => flow.last >= begin && flow.last < end && !known.has(flowKey(flow)),
      );
      for (const flow of fresh) question.take(flow);
      if (error !== undefined) return { before: to, why: error };
      const [oldest] = flows;
      if (flows.length < PAGE || oldest === undefined) break;
      if (fresh.length === 0)
        return { before: to, why: 'it has more flows of one moment than can be asked for' };
      known = new Set(flows.map(flowKey));
      to = Math.min(to, oldest.last + DISORDER);
    }
    end = begin;
  }
  return undefined;
}

function queryOf({ stack }: PastQuestion, since: number, until: number): FlowQuery {
  return { since, until, limit: PAGE, ...(stack !== undefined && { stack }) };
}

/** Where each begins, the newest first: a node looks only through the files of that time. */
function windows(since: number, until: number): readonly number[] {
  const begins = TIMES.stagedWindows.map((length) => until - length).filter((begin) => begin > since);
  return [...begins, since];
}
