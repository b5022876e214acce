import type { ServiceKey } from '../compose-ext/policy-model.ts';

/** JSON-safe: an agent stores it, so that ct marks of established flows keep their meaning after a restart. */
export interface SavedNumbering {
  readonly identities: Readonly<Record<ServiceKey, number>>;
  readonly rules: Readonly<Record<string, number>>;
  readonly nextIdentity: number;
  readonly nextRule: number;
}

/** Numbers of one network's services and rules; they mean nothing outside the node. */
export interface Numbering {
  /** From 1 to {@link MAX_IDENTITY}; made on first use. */
  identity(service: ServiceKey): number;
  /** From 1 to {@link MAX_RULE}; made on first use. The key is an allow's key, or `open:` and a service. */
  rule(key: string): number;
  releaseIdentity(service: ServiceKey): void;
  releaseRule(key: string): void;
  /** Releases what was saved and has not been asked for since. */
  releaseUnused(): void;
  save(): SavedNumbering;
}

export const MAX_IDENTITY = 2 ** 26 - 1;
export const MAX_RULE = 2 ** 29 - 1;

/**
 * A released number comes back only when all others have been used: a flow that still carries a revoked
 * rule's number must not meet a new rule of the same number.
 * @param start where to begin when nothing is saved: elsewhere than last time, when what was saved is lost.
 */
export function createNumbering(saved?: SavedNumbering, start = 1): Numbering {
  const identities = createSequence(MAX_IDENTITY, saved?.identities, saved?.nextIdentity ?? start);
  const rules = createSequence(MAX_RULE, saved?.rules, saved?.nextRule ?? start);
  return {
    identity: identities.number,
    rule: rules.number,
    releaseIdentity: identities.release,
    releaseRule: rules.release,
    releaseUnused() {
      identities.releaseUnused();
      rules.releaseUnused();
    },
    save: () => ({
      identities: identities.save(),
      rules: rules.save(),
      nextIdentity: identities.next(),
      nextRule: rules.next(),
    }),
  };
}

function createSequence(max: number, saved: Readonly<Record<string, number>> = {}, start: number) {
  const numbers = new Map<string, number>();
  const taken = new Set<number>();
  const unused = new Set<string>();
  // What was stored is input: a number out of range or given twice is given anew.
  for (const [key, number] of Object.entries(saved)) {
    if (!Number.isInteger(number) || number < 1 || number > max || taken.has(number)) continue;
    numbers.set(key, number);
    taken.add(number);
    unused.add(key);
  }
  let next = wrap(start, max);

  function release(key: string): void {
    const number = numbers.get(key);
    if (number === undefined) return;
    numbers.delete(key);
    taken.delete(number);
  }

  return {
    number(key: string): number {
      unused.delete(key);
      const known = numbers.get(key);
      if (known !== undefined) return known;
      if (taken.size >= max) throw new RangeError(`no number left of ${max}`);
      while (taken.has(next)) next = wrap(next + 1, max);
      const number = next;
      next = wrap(next + 1, max);
      numbers.set(key, number);
      taken.add(number);
      return number;
    },
    release,
    releaseUnused(): void {
      unused.forEach(release);
      unused.clear();
    },
    next: () => next,
    save: (): Readonly<Record<string, number>> => Object.fromEntries(numbers),
  };
}

function wrap(number: number, max: number): number {
  return Number.isInteger(number) && number >= 1 ? ((number - 1) % max) + 1 : 1;
}
