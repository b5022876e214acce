import { logGroup } from '../../rules/flows/log-groups.ts';
import { parsePrefix } from '../../rules/docker-user/prefixes.ts';
import type { DockerUserProgram, IpSet } from '../../rules/docker-user/program.ts';

/** The first packet of a connection. ICMP has no port. */
export interface EdgePacket {
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  readonly port?: number;
  /** Of the packet, by a program that saw it before. */
  readonly mark?: number;
  /** For the node itself. */
  readonly local?: true;
}

export type EdgeOutcome = 'passes' | 'counted' | 'dropped';

/** By the groups of its log. */
const TELLS: ReadonlyMap<string, EdgeOutcome> = new Map([
  [String(logGroup('allowed', 'edge')), 'passes'],
  [String(logGroup('would-deny', 'edge')), 'counted'],
  [String(logGroup('denied', 'edge')), 'dropped'],
]);

/**
 * Walks packets through the host's program, as iptables and ipset would.
 * @throws Error when the log is told another verdict than the packet has, or more than one
 */
export function dockerUserWalker({ chains, sets }: DockerUserProgram): (packet: EdgePacket) => EdgeOutcome {
  const parsed = new Map(chains.map(({ name, rules }) => [name, rules.map(parseRule)]));
  return (packet) => {
    let counted = false;
    const told: (EdgeOutcome | undefined)[] = [];
    const walk = (name: string): 'DROP' | 'RETURN' => {
      const rules = parsed.get(name);
      if (!rules) throw new Error(`no chain ${name}`);
      for (const { matches, target, goto, verdict, group } of rules) {
        if (!matches.every((match) => holds(match, sets, packet))) continue;
        counted ||= verdict?.endsWith('would-deny') ?? false;
        if (group !== undefined) told.push(TELLS.get(group));
        if (target === 'NFLOG') continue;
        if (goto !== '') return walk(goto);
        if (target === 'DROP' || target === 'RETURN') return target;
        if (walk(target) === 'DROP') return 'DROP';
      }
      return 'RETURN';
    };
    const dropped = walk(packet.local ? 'SWARMWALL-HOST' : 'SWARMWALL') === 'DROP';
    const outcome = dropped ? 'dropped' : counted ? 'counted' : 'passes';
    const [first = outcome === 'passes' ? outcome : undefined, ...others] = told;
    if (first !== outcome || others.length > 0)
      throw new Error(`${outcome}, and the log is told ${told.join(' and ') || 'nothing'}`);
    return outcome;
  };
}

type Match =
  | { readonly kind: 'set'; readonly negated: boolean; readonly set: string; readonly directions: string[] }
  | { readonly kind: 'protocol'; readonly protocol: string }
  | { readonly kind: 'port'; readonly first: number; readonly last: number }
  | { readonly kind: 'marked'; readonly bits: number }
  | { readonly kind: 'never' }
  | { readonly kind: 'to'; readonly block: string };

function parseRule(text: string) {
  const words = (text.match(/"[^"]*"|\S+/gu) ?? []).map((word) => word.replaceAll('"', ''));
  const matches: Match[] = [];
  let [target, goto, negated] = ['', '', false];
  let [verdict, group]: (string | undefined)[] = [];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const next = () => words.shift() ?? '';
    if (word === '-m') next();
    else if (word === '!') negated = true;
    else if (word === '--match-set') {
      matches.push({ kind: 'set', negated, set: next(), directions: next().split(',') });
      negated = false;
    } else if (word === '-p') matches.push({ kind: 'protocol', protocol: next() });
    else if (word === '--dport') {
      const [first = 0, last = first] = next().split(':').map(Number);
      matches.push({ kind: 'port', first, last });
    } else if (word === '--mark') matches.push({ kind: 'marked', bits: Number(next().split('/')[0]) });
    else if (word === '--ctstatus') {
      next();
      if (!negated) matches.push({ kind: 'never' });
      negated = false;
    } else if (word === '--nflog-group') group = next();
    else if (UNLIMITED.includes(word)) next();
    else if (word === '--ctdir' || word === '--ctstate') {
      next();
      matches.push({ kind: 'never' });
    } else if (word === '-d') matches.push({ kind: 'to', block: next() });
    else if (word === '--comment') verdict = next().split(' ')[1];
    else if (word === '-j') target = next();
    else if (word === '-g') goto = next();
    else throw new Error(`${word} in ${text} is not understood`);
  }
  return { matches, target, goto, verdict, group };
}

/** What does not matter to one packet. */
const UNLIMITED = [
  ...['--hashlimit-upto', '--hashlimit-burst', '--hashlimit-name'],
  ...['--nflog-size', '--nflog-threshold'],
];

function holds(match: Match, sets: DockerUserProgram['sets'], packet: EdgePacket): boolean {
  switch (match.kind) {
    case 'never':
      return false;
    case 'to':
      return within(match.block, packet.to);
    case 'protocol':
      return match.protocol === packet.protocol;
    case 'port':
      return packet.port !== undefined && match.first <= packet.port && packet.port <= match.last;
    case 'marked':
      return ((packet.mark ?? 0) & match.bits) !== 0;
    case 'set': {
      const set = sets.get(match.set);
      if (!set) throw new Error(`no set ${match.set}`);
      return inSet(set, match.directions, packet) !== match.negated;
    }
  }
}

/** Of the entries that hold it, the one with the longest prefix decides. */
function inSet({ type, entries }: IpSet, directions: readonly string[], packet: EdgePacket): boolean {
  const wanted = type
    .replace('hash:', '')
    .split(',')
    .map((field, at) => {
      if (field === 'port') return packet.port === undefined ? '' : `${packet.protocol}:${packet.port}`;
      return directions[at] === 'src' ? packet.from : packet.to;
    });
  if (!type.includes('net')) return entries.has(wanted.join(','));
  if (type === 'hash:net,port')
    return [...entries.keys()].some((entry) => {
      const [block = '', port] = entry.split(',');
      return port === wanted[1] && within(block, wanted[0] ?? '');
    });
  const last = wanted.pop() ?? '';
  const prefix = wanted.map((part) => `${part},`).join('');
  const deciding = [...entries]
    .filter(([entry]) => entry.startsWith(prefix) && within(entry.slice(prefix.length), last))
    .toSorted(([a], [b]) => lengthOf(b) - lengthOf(a))[0];
  return deciding !== undefined && deciding[1] !== 'nomatch';
}

function lengthOf(entry: string): number {
  return parsePrefix(entry.split(',').at(-1) ?? '')?.length ?? 0;
}

function within(block: string, address: string): boolean {
  const [outer, inner] = [parsePrefix(block), parsePrefix(address)];
  if (!outer || !inner) return false;
  const size = 2 ** (32 - outer.length);
  return Math.floor(outer.network / size) === Math.floor(inner.network / size);
}
