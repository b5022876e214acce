import type { AuditLevel, AuditPolicy, AuditRule } from '../../../compose-ext/authz/authz-model.ts';
import { ANY } from '../../../compose-ext/authz/words.ts';
import type { Requester } from '../api-request.ts';
import { matchesRequester, matchesWord } from '../match-word.ts';

export interface AuditSubject {
  readonly requester: Requester;
  readonly verb: string;
  readonly resource: string;
  readonly stack?: string;
  /** Refused, or a plugin was to be changed: written whatever a rule says. */
  readonly notable: boolean;
}

/** Policies by name, rules in order, the first that matches; Metadata when none does. */
export function auditLevel(policies: readonly AuditPolicy[], subject: AuditSubject): AuditLevel {
  const rules = [...policies].sort((a, b) => (a.name < b.name ? -1 : 1)).flatMap((policy) => policy.rules);
  const level = rules.find((rule) => matches(rule, subject))?.level ?? 'Metadata';
  return level === 'None' && subject.notable ? 'Metadata' : level;
}

/** Some rule asks for stacks: then it is worth finding out whose a thing is. */
export function asksForStacks(policies: readonly AuditPolicy[]): boolean {
  return policies.some(({ rules }) => rules.some(({ stacks }) => stacks !== undefined));
}

function matches(rule: AuditRule, { requester, verb, resource, stack }: AuditSubject): boolean {
  return (
    (rule.users === undefined || matchesRequester(rule.users, requester)) &&
    (rule.verbs === undefined || rule.verbs.some((each) => each === ANY || each === verb)) &&
    (rule.resources === undefined || rule.resources.some((each) => isMeant(each, resource))) &&
    (rule.stacks === undefined || rule.stacks.some((each) => stack !== undefined && matchesWord(each, stack)))
  );
}

function isMeant(said: string, resource: string): boolean {
  if (said === ANY || said === resource) return true;
  return said.endsWith('/*') && resource.startsWith(said.slice(0, -1));
}
