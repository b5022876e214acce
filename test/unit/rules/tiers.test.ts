import assert from 'node:assert/strict';
import type { ClusterRule, Direction, Mode } from '../../../compose-ext/policy-model.ts';
import { createEvaluator, type EvaluatorInput } from '../../../rules/evaluator.ts';
import { peer, policy, rule, selector, service, stack, udp } from './policy-cluster.ts';
import { allow, clusterPolicy, deny, pass, question, says } from './tier-rules.ts';

/** What s/web → s/db:80 comes to when only this side has anything said of it. */
function side(direction: Direction, given: Given) {
  const { own, admin = [], baseline = [], mode = 'enforce', annotated = true } = given;
  const name = direction === 'ingress' ? 'db' : 'web';
  const allows = own === 'allows' ? [rule([])] : [];
  const policies =
    own === 'allows' || own === 'denies'
      ? [policy('s', { on: name, directions: [direction], [direction]: allows })]
      : [];
  const open = { ingress: 'allow', egress: 'allow' } as const;
  const settings = {
    mode,
    annotated,
    defaults: own === 'default deny' ? { ...open, [direction]: 'deny' } : open,
  };
  const subject = { services: selector({ name }) };
  const cluster: EvaluatorInput = {
    stacks: [stack('s', settings)],
    services: ['web', 'db'].map((each) => service(`s/${each}`, { labels: { name: each } }, policies)),
    clusterPolicies: [
      clusterPolicy({ subject, [direction]: admin }),
      clusterPolicy({ name: 'base', tier: 'baseline', subject, [direction]: baseline }),
    ],
  };
  const verdict = createEvaluator(cluster).judge(question);
  const other = direction === 'ingress' ? 'egress' : 'ingress';
  assert.deepEqual(verdict[other], { outcome: 'not-isolated', rules: [], isolatedBy: [] });
  const passes = verdict.wouldDeny ? 'would-deny' : verdict.allowed ? 'passes' : 'denied';
  return `${verdict[direction].outcome} by ${verdict[direction].tier ?? 'own'}: ${passes}`;
}

interface Given {
  /** Of the service's own policies; absent: none, in a stack that allows. */
  readonly own?: 'allows' | 'denies' | 'default deny';
  readonly admin?: readonly ClusterRule[];
  readonly baseline?: readonly ClusterRule[];
  readonly mode?: Mode;
  readonly annotated?: boolean;
}

const audit = 'audit';

const TABLE: readonly (readonly [what: string, given: Given, verdict: string])[] = [
  // An administrator's rule stands above whatever the service says.
  ['admin deny over own allow', { admin: deny, own: 'allows' }, 'denied by admin: denied'],
  ['admin deny over nothing', { admin: deny }, 'denied by admin: denied'],
  ['admin allow over own deny', { admin: allow, own: 'denies' }, 'allowed by admin: passes'],
  ['admin allow over default deny', { admin: allow, own: 'default deny' }, 'allowed by admin: passes'],
  ['admin allow over a baseline', { admin: allow, baseline: deny }, 'allowed by admin: passes'],
  ['admin deny over a baseline', { admin: deny, baseline: allow }, 'denied by admin: denied'],
  // Pass, and no match, leave it to the service.
  ['pass, own allow', { admin: pass, own: 'allows' }, 'allowed by own: passes'],
  ['pass, own deny', { admin: pass, own: 'denies' }, 'denied by own: denied'],
  ['pass, default deny', { admin: pass, own: 'default deny' }, 'denied by own: denied'],
  ['pass, nothing', { admin: pass }, 'not-isolated by own: passes'],
  ['pass, baseline deny', { admin: pass, baseline: deny }, 'denied by baseline: denied'],
  ['no match, own deny', { admin: [says('allow', [peer('s/x')])], own: 'denies' }, 'denied by own: denied'],
  [
    'no match, baseline allow',
    { admin: [says('deny', [], [udp(80)])], baseline: allow },
    'allowed by baseline: passes',
  ],
  // The first that matches decides, and a pass keeps later ones out.
  ['deny, then allow', { admin: [...deny, ...allow] }, 'denied by admin: denied'],
  ['allow, then deny', { admin: [...allow, ...deny] }, 'allowed by admin: passes'],
  ['pass, then deny', { admin: [...pass, ...deny], own: 'allows' }, 'allowed by own: passes'],
  ['pass, then allow', { admin: [...pass, ...allow], own: 'denies' }, 'denied by own: denied'],
  // A baseline is for what nothing isolates.
  ['baseline deny', { baseline: deny }, 'denied by baseline: denied'],
  ['baseline allow, then deny', { baseline: [...allow, ...deny] }, 'allowed by baseline: passes'],
  ['own allow over baseline deny', { own: 'allows', baseline: deny }, 'allowed by own: passes'],
  ['own deny over baseline allow', { own: 'denies', baseline: allow }, 'denied by own: denied'],
  ['default deny over baseline allow', { own: 'default deny', baseline: allow }, 'denied by own: denied'],
  ['no baseline match', { baseline: [says('deny', [peer('s/x')])] }, 'not-isolated by own: passes'],
  // A stack's audit is its own: it lets pass what it and the baseline deny, and nothing that an administrator does.
  ['audit, admin deny', { mode: audit, admin: deny }, 'denied by admin: denied'],
  ['audit, admin deny, own allow', { mode: audit, admin: deny, own: 'allows' }, 'denied by admin: denied'],
  ['audit, own deny', { mode: audit, own: 'denies', admin: pass }, 'denied by own: would-deny'],
  ['audit, admin allow, own deny', { mode: audit, own: 'denies', admin: allow }, 'allowed by admin: passes'],
  ['audit, baseline deny', { mode: audit, baseline: deny }, 'denied by baseline: would-deny'],
  // A stack without annotations has no default, but is in the cluster.
  ['unannotated, admin deny', { annotated: false, admin: deny }, 'denied by admin: denied'],
  ['unannotated, baseline deny', { annotated: false, baseline: deny }, 'denied by baseline: denied'],
  [
    'unannotated, pass',
    { annotated: false, admin: pass, own: 'default deny' },
    'not-isolated by own: passes',
  ],
];

describe('The tiers of cluster policies', () => {
  for (const direction of ['ingress', 'egress'] as const)
    describe(direction, () => {
      for (const [what, given, verdict] of TABLE)
        it(`${what}: ${verdict}`, () => {
          assert.equal(side(direction, given), verdict);
        });
    });
});
