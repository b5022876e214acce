import type { ApiRequest } from '../api-request.ts';
import type { Objection } from '../decision.ts';
import { nameOf } from '../match-word.ts';
import type { Surroundings } from '../surroundings.ts';
import { askRoles, type Answer } from './ask-roles.ts';
import type { RolesAndBindings } from './find-grant.ts';

/** May this requester do this? Objects once for each thing that no role grants. */
export async function judgeRoles(
  request: ApiRequest,
  policy: RolesAndBindings,
  around: Surroundings,
): Promise<readonly Objection[]> {
  return objectionsTo(request, await askRoles(request, policy, around));
}

export function objectionsTo(
  { requester }: Pick<ApiRequest, 'requester'>,
  answers: readonly Answer[],
): readonly Objection[] {
  return answers.flatMap(({ question, grant, reference }): Objection[] => {
    if (grant !== undefined) return [];
    const { verb, resource, name, stack } = question;
    const thing = name === undefined ? '' : ` "${name}"`;
    const where = stack === undefined ? ', which is of no stack' : ` of stack "${stack}"`;
    const scope = stack === undefined ? 'by a ClusterRoleBinding' : `in stack ${stack} or everywhere`;
    return [
      {
        code: 'role/none',
        message:
          `no role lets ${nameOf(requester)} ${verb} ${resource}${thing}${where}` +
          (reference === undefined ? '' : `; the request refers to ${JSON.stringify(reference)}`),
        hint: `What it needs: verb ${verb} on resource ${resource}, bound ${scope}.`,
        policy: 'roles',
        mode: 'enforce',
      },
    ];
  });
}
