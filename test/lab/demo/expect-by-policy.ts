import type { Place } from '../../../rules/evaluator.ts';
import type { Expect } from './probe-matrix.ts';
import { judgeOf, type DemoStack } from './voting-stacks.ts';

/** What the files, as a newcomer reads them, say of each path. */
export function expectByPolicy(
  stacks: readonly DemoStack[],
  nodeAddresses: readonly string[],
  outside: string,
): Expect {
  const judge = judgeOf(stacks, nodeAddresses);
  const place = (name: string): Place => (name === 'outside' ? { address: outside } : { service: name });
  return ({ from, to, protocol, targetPort }) =>
    judge.judge({ from: place(from), to: place(to), protocol, port: targetPort }).allowed
      ? 'allowed'
      : 'denied';
}
