import type { ReaderLine } from './reader-line.ts';

/** What the reader's lines and its commands mean: as flow-reader/flow.h has it. */
export const READER_PROTOCOL = 1;

/** What is to be done. */
export const BOTH_OF_ONE_BUILD = 'install agent and swarmwall-flow-reader of one build';

/** How a reader begins: its first line (undefined: nobody understands it), or none in time, or its end. */
export type Beginning = ReaderLine | undefined | 'silent' | 'ended';

/** Why what follows is not understood; undefined: it is. Builds before protocol 1 said nothing of themselves. */
export function whyNotUnderstood(beginning: Beginning, version: string): string | undefined {
  const own = `this agent speaks ${spoken(READER_PROTOCOL, version)}`;
  if (beginning === 'ended') return `it ended before it said which protocol it speaks; ${own}`;
  if (beginning === undefined || beginning === 'silent' || beginning.kind !== 'hello')
    return `it does not say which protocol it speaks, as old ones do not; ${own}`;
  if (beginning.protocol === READER_PROTOCOL) return undefined;
  return `it speaks ${spoken(beginning.protocol, beginning.version)}; ${own}`;
}

/** To people. */
export function sayNoFlows(why: string): string {
  return `no flow of this node is recorded, while its rules are in force: the flow reader: ${why}; ${BOTH_OF_ONE_BUILD}`;
}

function spoken(protocol: number, version: string): string {
  return `protocol ${String(protocol)} (version ${version})`;
}
