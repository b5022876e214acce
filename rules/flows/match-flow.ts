import { blockTest, parseAddress, parseBlock } from '../address-block.ts';
import type { FlowEnd, FlowQuery, FlowRecord } from './flow-record.ts';
import { stackOf } from './flow-names.ts';
import { protocolName } from './protocol-name.ts';

export type FlowFilter = (flow: FlowRecord) => boolean;

/** All that is asked for must hold; `limit` is not about a single flow. */
export function flowFilter(query: FlowQuery): FlowFilter {
  const { from, to, port, protocol, verdicts, stack, service, node, since, until } = query;
  const tests: FlowFilter[] = [];
  if (node !== undefined) tests.push((flow) => flow.node === node);
  if (verdicts !== undefined) tests.push(({ verdict }) => verdicts.includes(verdict));
  if (port !== undefined) tests.push((flow) => flow.port === port);
  if (protocol !== undefined) tests.push(protocolFilter(protocol));
  if (since !== undefined) tests.push(({ last }) => last >= since);
  if (until !== undefined) tests.push(({ first }) => first <= until);
  if (from !== undefined) tests.push(atEnd('source', endFilter(from)));
  if (to !== undefined) tests.push(atEnd('destination', endFilter(to)));
  if (stack !== undefined) tests.push(atEither((end) => stackOf(end) === stack));
  if (service !== undefined) tests.push(atEither((end) => end.service === service));
  return (flow) => tests.every((holds) => holds(flow));
}

/** For one record; of many with the same question, make the filter once. */
export function matchesFlow(query: FlowQuery, flow: FlowRecord): boolean {
  return flowFilter(query)(flow);
}

/** By its name, or its number. */
function protocolFilter(protocol: string): FlowFilter {
  const name = /^\d+$/.test(protocol) ? protocolName(Number(protocol)) : protocol;
  return (flow) => flow.protocol === name;
}

type EndFilter = (end: FlowEnd) => boolean;

function atEnd(which: 'source' | 'destination', holds: EndFilter): FlowFilter {
  return (flow) => holds(flow[which]);
}

function atEither(holds: EndFilter): FlowFilter {
  return ({ source, destination }) => holds(source) || holds(destination);
}

/**
 * An end as people write it: an address or a block of them, `stack/service` or `stack_service`, or one word: a stack, a
 * service of whichever stack, a container, a task, or a kind of end such as `world`.
 */
export function endFilter(text: string): EndFilter {
  if (parseBlock(text)) {
    const holds = blockTest(text, []);
    return ({ address }) => {
      const parsed = parseAddress(address);
      return parsed !== undefined && holds(parsed);
    };
  }
  if (text.includes('/')) return ({ service }) => service === text;
  return (end) =>
    end.kind === text ||
    stackOf(end) === text ||
    end.container === text ||
    end.task === text ||
    (end.service !== undefined && isCalled(end.service, text));
}

/** `voting/db` is called `db`, and `voting_db` by Docker. */
function isCalled(service: string, word: string): boolean {
  const slash = service.indexOf('/');
  return service.slice(slash + 1) === word || service.replace('/', '_') === word;
}
