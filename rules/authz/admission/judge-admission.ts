import type { AdmissionPolicy, AuthzPolicy } from '../../../compose-ext/authz/authz-model.ts';
import type { ApiRequest } from '../api-request.ts';
import type { Objection } from '../decision.ts';
import type { Surroundings } from '../surroundings.ts';
import { checksOf } from './checks.ts';
import { matchesPolicy, mayMatch } from './matches-policy.ts';
import { readWish } from './read-wish.ts';
import { resolveWish } from './resolve-wish.ts';
import type { ResolvedWish } from './wish.ts';

/** A body can ask for one thing ten thousand times; nobody reads more than these of one check. */
const MOST_OF_A_CHECK = 10;

/** What a workload may ask for. Of the policies that match each is asked; all that they object to is told. */
export async function judgeAdmission(
  request: ApiRequest,
  { admission }: Pick<AuthzPolicy, 'admission'>,
  around: Surroundings,
): Promise<readonly Objection[]> {
  const policies = admission.filter((policy) => mayMatch(policy, request.requester));
  const wish = policies.length === 0 ? undefined : readWish(request);
  if (wish === undefined) return [];
  const wishes = await resolveWish(wish, request, around);
  return wishes.flatMap((resolved) =>
    policies
      .filter((policy) => matchesPolicy(policy, request.requester, resolved))
      .flatMap((policy) => objectionsOf(resolved, policy)),
  );
}

function objectionsOf(wish: ResolvedWish, policy: AdmissionPolicy): readonly Objection[] {
  const { name, mode } = policy;
  const found = checksOf(policy).flatMap(({ id, check }) =>
    check
      .find(wish, policy)
      .slice(0, MOST_OF_A_CHECK)
      .map(({ message, path }) => ({
        code: `admission/${id}`,
        message: `${path}: ${message}`,
        hint: check.hint,
        policy: name,
        mode,
      })),
  );
  return [...unreadable(wish, policy), ...found];
}

/** What is of another type than the API documents could be read by an engine as anything. */
function unreadable({ asks }: ResolvedWish, { name, mode, level }: AdmissionPolicy): readonly Objection[] {
  if (level === 'privileged') return [];
  return asks
    .flatMap((ask) => (ask.kind === 'unreadable' ? [ask] : []))
    .slice(0, MOST_OF_A_CHECK)
    .map(({ path, expected }) => ({
      code: 'admission/unreadable',
      message: `${path}: is not ${expected}`,
      hint: 'Write it as the API documents it.',
      policy: name,
      mode,
    }));
}
