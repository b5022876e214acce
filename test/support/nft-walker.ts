import type { Chain, Field, Mark, Program, Rule, Statement } from '../../rules/nftables/program.ts';

/** What a walked packet carries: fields it has not are no key, and end the rule that asks for them. */
export interface WalkedPacket {
  readonly fields: Readonly<Partial<Record<Field, string>>>;
  /** Its connection; absent: none is tracked, and ct fields are not there. */
  readonly connection?: { mark: number };
}

/** The state of one table in the kernel. */
export interface TableState {
  readonly program: Program;
  readonly elements: Map<string, Map<string, string>>;
  readonly counters: Map<string, number>;
  /** Groups of what was logged, in turn; absent: nobody listens. */
  readonly logged?: number[];
}

export type Walked = 'accept' | 'drop';
type Walking = WalkedPacket & { mark: number; redirected?: number };
type Outcome = Walked | { readonly chain: Chain } | 'next statement' | 'next rule';

/**
 * Walks a packet through the hooked chain, as the kernel would. It interprets the same rules that are rendered
 * for nft; what nft makes of the text is for the kernel tests.
 */
export function walk(table: TableState, hook: string, packet: WalkedPacket): Walked {
  return walkWhole(table, hook, packet).verdict;
}

/** As `walk`, with what the packet carries afterwards: its mark, and the local port that it was sent to instead. */
export function walkWhole(
  table: TableState,
  hook: string,
  packet: WalkedPacket,
): { readonly verdict: Walked; readonly mark: number; readonly redirected?: number } {
  const chain = table.program.chains.find((candidate) => candidate.hook?.name === hook);
  const walking: Walking = { ...packet, mark: 0 };
  const verdict = chain ? (walkChain(table, chain, walking) ?? chain.hook?.policy ?? 'drop') : 'accept';
  const { mark, redirected } = walking;
  return { verdict, mark, ...(redirected !== undefined && { redirected }) };
}

function walkChain(table: TableState, chain: Chain, packet: Walking): Walked | undefined {
  for (const rule of chain.rules) {
    const outcome = walkRule(table, rule, packet);
    // A goto does not come back: at its end the base chain's policy decides.
    if (typeof outcome === 'object') return walkChain(table, outcome.chain, packet);
    if (outcome === 'accept' || outcome === 'drop') return outcome;
  }
  return undefined;
}

function walkRule(table: TableState, rule: Rule, packet: Walking): Outcome {
  for (const statement of rule) {
    const outcome = walkStatement(table, statement, packet);
    if (outcome !== 'next statement') return outcome;
  }
  return 'next rule';
}

function walkStatement(table: TableState, statement: Statement, packet: Walking): Outcome {
  switch (statement.kind) {
    case 'is':
    case 'is-not': {
      const value = read(packet, statement.field);
      if (value === undefined) return 'next rule';
      return when(statement.values.includes(value) === (statement.kind === 'is'));
    }
    case 'in':
      return when(lookUp(table, statement.set, packet, statement.fields) !== undefined);
    case 'has-bits': {
      const value = read(packet, statement.field);
      if (value === undefined) return 'next rule';
      return when(((BigInt(value) & BigInt(statement.bits)) !== 0n) === statement.set);
    }
    case 'map': {
      const value = lookUp(table, statement.map, packet, statement.fields);
      return value === undefined ? 'next rule' : write(packet, statement.to, Number(value));
    }
    case 'put':
      return write(packet, statement.to, statement.value);
    case 'set-bits': {
      const value = BigInt(read(packet, statement.to) ?? 0) | BigInt(statement.bits);
      return write(packet, statement.to, Number(value));
    }
    case 'refresh':
      return record(table, statement, packet);
    case 'redirect':
      packet.redirected = statement.port;
      return 'accept';
    case 'count':
      table.counters.set(statement.counter, (table.counters.get(statement.counter) ?? 0) + 1);
      return 'next statement';
    // No time passes, and what is told changes nothing.
    case 'within-rate':
      return 'next statement';
    case 'log':
      table.logged?.push(statement.group);
      return 'next statement';
    case 'record':
      return record(table, statement, packet);
    case 'over':
      return over(table, statement, packet);
    case 'goto': {
      const chain = table.program.chains.find(({ name }) => name === statement.chain);
      if (!chain) throw new Error(`no chain ${statement.chain}`);
      return { chain };
    }
    case 'accept':
    case 'drop':
      return statement.kind;
  }
}

function when(matches: boolean): Outcome {
  return matches ? 'next statement' : 'next rule';
}

function record(
  table: TableState,
  { set, fields }: Extract<Statement, { kind: 'record' | 'refresh' }>,
  packet: Walking,
): Outcome {
  const parts = fields.map((field) => read(packet, field));
  const size = table.program.sets.find(({ name }) => name === set)?.dynamic?.size;
  if (size === undefined) throw new Error(`${set} is not dynamic`);
  if (parts.includes(undefined)) return 'next rule';
  const elements = table.elements.get(set) ?? new Map<string, string>();
  table.elements.set(set, elements);
  const key = parts.join(' . ');
  if (!elements.has(key) && elements.size >= size) return 'next rule';
  elements.set(key, String(Number(elements.get(key) ?? 0) + 1));
  return 'next statement';
}

/** Each walk is a connection that stays open, and no time passes. */
function over(
  table: TableState,
  { set, fields, connections, rate }: Extract<Statement, { kind: 'over' }>,
  packet: Walking,
): Outcome {
  if (record(table, { kind: 'record', set, fields }, packet) === 'next rule') return 'next rule';
  const key = fields.map((field) => read(packet, field)).join(' . ');
  return when(Number(table.elements.get(set)?.get(key)) > (connections ?? rate?.burst ?? 0));
}

function lookUp(
  table: TableState,
  set: string,
  packet: Walking,
  fields: readonly Field[],
): string | undefined {
  const declared = table.program.sets.find(({ name }) => name === set);
  const elements = table.elements.get(set);
  if (!declared || !elements) throw new Error(`no set ${set}`);
  const parts = fields.map((field) => read(packet, field));
  if (parts.includes(undefined)) return undefined;
  if (!declared.interval) return elements.get(parts.join(' . '));
  return inRange(set, elements, parts.slice(0, -1).join(' . '), Number(parts.at(-1)));
}

function inRange(set: string, elements: ReadonlyMap<string, string>, prefix: string, port: number) {
  const hits = [...elements].filter(([key]) => {
    const at = key.lastIndexOf(' . ');
    const [first = NaN, last = first] = key
      .slice(at + 3)
      .split('-')
      .map(Number);
    return key.slice(0, at) === prefix && first <= port && port <= last;
  });
  if (hits.length > 1) throw new Error(`overlapping ranges in ${set}, which the kernel refuses`);
  return hits[0]?.[1];
}

function read(packet: Walking, field: Field): string | undefined {
  if (field === 'meta mark') return String(packet.mark);
  if (field === 'ct mark') return packet.connection && String(packet.connection.mark);
  return packet.fields[field];
}

function write(packet: Walking, mark: Mark, value: number): Outcome {
  if (mark === 'meta mark') packet.mark = value;
  else if (packet.connection) packet.connection.mark = value;
  else return 'next rule';
  return 'next statement';
}
