import type { ServiceKey } from '../compose-ext/policy-model.ts';
import { MultiMap } from './multi-map.ts';
import type { Allow } from './network-policy.ts';
import { anySourceAllows, type KeyedAllow, pairAllows } from './pair-allows.ts';
import type { Party } from './party.ts';
import { type Token, tokensOf, tokensWanted } from './token.ts';

interface Member {
  readonly party: Party;
  readonly tokens: readonly Token[];
  /** Of the sources that its ingress entries depend on. */
  readonly sources: readonly Token[];
  /** Of the destinations that its egress entries depend on. */
  readonly destinations: readonly Token[];
}

/** Null: gone. */
export type AllowChanges = Map<string, Allow | null>;

/** The allows of one network, and which of its services' pairs each depends on. */
export class PairIndex {
  readonly #members = new Map<ServiceKey, Member>();
  readonly #having = new MultiMap<Token, ServiceKey>();
  readonly #wantingSource = new MultiMap<Token, ServiceKey>();
  readonly #wantingDestination = new MultiMap<Token, ServiceKey>();
  readonly #allows = new Map<ServiceKey, Map<ServiceKey | '*', readonly KeyedAllow[]>>();
  readonly #destinationsOf = new MultiMap<ServiceKey | '*', ServiceKey>();
  readonly #counts: (destination: Party) => boolean;

  /** `counts`: the destinations that entries are made for. */
  constructor(counts: (destination: Party) => boolean = () => true) {
    this.#counts = counts;
  }

  has(key: ServiceKey): boolean {
    return this.#members.has(key);
  }

  /** Entries it holds, of every kind: nothing is left behind when it is 0. */
  get size(): number {
    const indexes = [this.#having, this.#wantingSource, this.#wantingDestination, this.#destinationsOf];
    return indexes.reduce((total, index) => total + index.size, this.#members.size + this.#allows.size);
  }

  /** Adds, replaces or (undefined) removes services, and says what that changes. */
  update(changed: ReadonlyMap<ServiceKey, Party | undefined>): AllowChanges {
    for (const [key, party] of changed) {
      this.#remove(key);
      if (party) this.#add(party);
    }
    const changes: AllowChanges = new Map();
    for (const key of changed.keys()) {
      for (const from of this.#sourcesToJudge(key)) this.#judge(from, key, changes);
      for (const to of this.#destinationsToJudge(key)) if (!changed.has(to)) this.#judge(key, to, changes);
    }
    return changes;
  }

  /** Sorted by key. */
  allowsTo(key: ServiceKey): readonly Allow[] {
    return [...(this.#allows.get(key)?.values() ?? [])]
      .flat()
      .sort((a, b) => (a.key < b.key ? -1 : 1))
      .map(({ allow }) => allow);
  }

  #add(party: Party): void {
    const member = {
      party,
      tokens: tokensOf(party),
      sources: tokensWanted(party, 'ingress'),
      destinations: tokensWanted(party, 'egress'),
    };
    this.#members.set(party.key, member);
    for (const token of member.tokens) this.#having.add(token, party.key);
    for (const token of member.sources) this.#wantingSource.add(token, party.key);
    for (const token of member.destinations) this.#wantingDestination.add(token, party.key);
  }

  #remove(key: ServiceKey): void {
    const member = this.#members.get(key);
    if (!member) return;
    this.#members.delete(key);
    for (const token of member.tokens) this.#having.delete(token, key);
    for (const token of member.sources) this.#wantingSource.delete(token, key);
    for (const token of member.destinations) this.#wantingDestination.delete(token, key);
  }

  #sourcesToJudge(key: ServiceKey): Iterable<ServiceKey | '*'> {
    const sources = new Set<ServiceKey | '*'>(this.#allows.get(key)?.keys());
    const member = this.#members.get(key);
    if (member) sources.add('*');
    for (const token of member?.sources ?? []) addAll(sources, this.#having.get(token));
    for (const token of member?.tokens ?? []) addAll(sources, this.#wantingDestination.get(token));
    return sources;
  }

  #destinationsToJudge(key: ServiceKey): Iterable<ServiceKey> {
    const destinations = new Set(this.#destinationsOf.get(key));
    const member = this.#members.get(key);
    for (const token of member?.destinations ?? []) addAll(destinations, this.#having.get(token));
    for (const token of member?.tokens ?? []) addAll(destinations, this.#wantingSource.get(token));
    return destinations;
  }

  #judge(from: ServiceKey | '*', to: ServiceKey, changes: AllowChanges): void {
    const before = this.#allows.get(to)?.get(from) ?? [];
    const after = this.#allowsOf(from, to);
    if (before.length === 0 && after.length === 0) return;
    for (const { key } of before) changes.set(key, null);
    for (const { key, allow } of after) {
      const same = before.some((old) => old.key === key && old.allow.wouldDeny === allow.wouldDeny);
      if (same) changes.delete(key);
      else changes.set(key, allow);
    }
    this.#keep(from, to, after);
  }

  #allowsOf(from: ServiceKey | '*', to: ServiceKey): readonly KeyedAllow[] {
    const destination = this.#members.get(to)?.party;
    if (!destination || !this.#counts(destination)) return [];
    if (from === '*') return anySourceAllows(destination);
    const source = this.#members.get(from)?.party;
    return source ? pairAllows(source, destination) : [];
  }

  #keep(from: ServiceKey | '*', to: ServiceKey, allows: readonly KeyedAllow[]): void {
    const sources = this.#allows.get(to);
    if (allows.length > 0) {
      if (sources) sources.set(from, allows);
      else this.#allows.set(to, new Map([[from, allows]]));
      this.#destinationsOf.add(from, to);
    } else {
      sources?.delete(from);
      if (sources?.size === 0) this.#allows.delete(to);
      this.#destinationsOf.delete(from, to);
    }
  }
}

function addAll<T>(to: Set<T>, values: Iterable<T>): void {
  for (const value of values) to.add(value);
}
