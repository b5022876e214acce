import { type Admits, admitsPeer, type Other, type PortsAt, portsOf } from './peer.ts';
import type { PortSet } from './port-set.ts';
import type { SideRule } from './side-rule.ts';

/** What rules say of one other end, or toward one destination. */
export interface Lookups {
  admitting(other: Other): Admits;
  portsAt(destination: Other): PortsAt;
}

/** For a cluster that changes. */
export const LIVE: Lookups = {
  admitting: (other) => (rule) => admitsPeer(rule, other),
  portsAt: (destination) => (rule) => portsOf(rule, destination),
};

/** For a cluster that stands still: each thing is looked up once, for all rules that are written alike. */
export function createLookups(): Lookups {
  const idOf = createPeerIds();
  return {
    admitting: once((other) => admittingOnce(other, idOf)),
    portsAt: once(portsOnce),
  };
}

/** One number for all rules that mean the same peers by the same words; for rules of one cluster that stands still. */
export function createPeerIds(): (rule: SideRule) => number {
  const written = new Map<string, number>();
  const known = new Map<SideRule, number>();
  return (rule) => {
    const found = known.get(rule);
    if (found !== undefined) return found;
    const text = textOf(rule);
    const id = written.get(text) ?? written.size;
    written.set(text, id);
    known.set(rule, id);
    return id;
  };
}

/** All that `admitsPeer` goes by, where groups stand still. Some mean more by the same peers: see `peersOf`. */
function textOf({ denies, sparing, stack, peers }: SideRule): string {
  const ofItsStack = peers.some((peer) => peer.kind === 'selector' && !peer.stacks);
  return JSON.stringify([denies, sparing, ofItsStack ? stack : null, peers]);
}

const UNKNOWN = 0;
const ADMITTED = 1;
const OTHERS = 2;

/** A byte for each id: a map of thousands for each of thousands would be slow to walk. */
function admittingOnce(other: Other, idOf: (rule: SideRule) => number): Admits {
  let answers = new Uint8Array(64);
  return (rule) => {
    const id = idOf(rule);
    if (id >= answers.length) {
      const more = new Uint8Array(2 * id);
      more.set(answers);
      answers = more;
    }
    if (answers[id] === UNKNOWN) answers[id] = admitsPeer(rule, other) ? ADMITTED : OTHERS;
    return answers[id] === ADMITTED;
  };
}

function portsOnce(destination: Other): PortsAt {
  const named = new Map<SideRule, PortSet>();
  return (rule) => {
    if (rule.fixedPorts) return rule.fixedPorts;
    const found = named.get(rule) ?? portsOf(rule, destination);
    named.set(rule, found);
    return found;
  };
}

function once<T>(make: (other: Other) => T): (other: Other) => T {
  const known = new Map<Other, T>();
  return (other) => {
    const found = known.get(other) ?? make(other);
    known.set(other, found);
    return found;
  };
}
