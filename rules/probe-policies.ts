import type { Direction } from '../compose-ext/policy-model.ts';
import type { SideVerdict } from './evaluator.ts';
import type { DecidingRule } from './network-policy.ts';

export interface DecidingPolicy {
  readonly name: string;
  /** '' of a cluster policy. */
  readonly stack: string;
  /** It is an administrator's, for the whole cluster. */
  readonly cluster?: true;
  readonly direction: Direction;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Lists that begin alike. */
interface Beginning {
  policies?: readonly DecidingPolicy[];
  readonly next: Map<DecidingRule, Beginning>;
}

/** Who decided a side. Few lists of policies decide many probes: equal ones are one object. */
export function createPolicyLists(): (verdict: SideVerdict) => readonly DecidingPolicy[] {
  const lists: Beginning = { next: new Map() };
  const isolating = new Map<readonly DecidingRule[], readonly DecidingPolicy[]>();
  const listOf = (rules: readonly DecidingRule[]): readonly DecidingPolicy[] => {
    let list = lists;
    for (const rule of rules) {
      const next = list.next.get(rule) ?? { next: new Map<DecidingRule, Beginning>() };
      list.next.set(rule, next);
      list = next;
    }
    return (list.policies ??= rules.map(policyOf));
  };
  return ({ outcome, rules, isolatedBy, deniedBy }) => {
    if (outcome !== 'denied') return listOf(rules);
    if (deniedBy) return listOf([deniedBy]);
    const found = isolating.get(isolatedBy) ?? isolatedBy.map(policyOf);
    isolating.set(isolatedBy, found);
    return found;
  };
}

function policyOf({ policy, stack, cluster, direction, origin }: DecidingRule): DecidingPolicy {
  return {
    ...{ name: policy, stack, ...(cluster && { cluster }), direction },
    ...{ file: origin.file, line: origin.line, column: origin.column },
  };
}
