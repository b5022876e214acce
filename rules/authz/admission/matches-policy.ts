import type { AdmissionPolicy } from '../../../compose-ext/authz/authz-model.ts';
import type { Requester } from '../api-request.ts';
import { matchesRequester, matchesWord } from '../match-word.ts';
import type { ResolvedWish } from './wish.ts';

/** What can be told before anything is looked up. */
export function mayMatch({ match }: AdmissionPolicy, requester: Requester): boolean {
  return match.users === undefined || matchesRequester(match.users, requester);
}

/** Of several lists all must match; of a list one word, on one of the stacks or networks. */
export function matchesPolicy(
  policy: AdmissionPolicy,
  requester: Requester,
  { stacks, networks }: ResolvedWish,
): boolean {
  const { match } = policy;
  return (
    mayMatch(policy, requester) &&
    any(match.stacks, stacks) &&
    any(
      match.networks,
      networks.flatMap(({ name, id }) => [name, id]),
    )
  );
}

function any(patterns: readonly string[] | undefined, words: readonly string[]): boolean {
  return (
    patterns === undefined || words.some((word) => patterns.some((pattern) => matchesWord(pattern, word)))
  );
}
