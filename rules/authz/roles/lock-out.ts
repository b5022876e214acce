import type { Subject } from '../../../compose-ext/authz/authz-model.ts';
import type { Requester } from '../api-request.ts';
import { effectiveBindings } from './effective-bindings.ts';
import { findGrant, type Question, type RolesAndBindings } from './find-grant.ts';

/** What `swarmwall policy apply` asks of the engine. */
const TO_CHANGE_POLICIES: readonly Question[] = [
  { verb: 'get', resource: 'system/info' },
  { verb: 'list', resource: 'configs' },
  { verb: 'create', resource: 'configs', name: 'swarmwall-policy.any.v1' },
  { verb: 'update', resource: 'policies' },
];

/** Those who could change the authorization documents. None: these documents lock everybody out. */
export function whoMayChangePolicies(policy: RolesAndBindings): readonly Subject[] {
  const subjects = effectiveBindings(policy).flatMap((binding) => binding.subjects);
  const distinct = new Map(subjects.map((subject) => [JSON.stringify(subject), subject]));
  return [...distinct.values()].filter((subject) =>
    TO_CHANGE_POLICIES.every((question) => findGrant(policy, someone(subject), question) !== undefined),
  );
}

/** Somebody whom the subject means. */
function someone(subject: Subject): Requester {
  if (subject.kind === 'LocalSocket') return { kind: 'socket' };
  return { kind: 'user', name: subject.kind === 'User' ? subject.name : subject.pattern };
}
