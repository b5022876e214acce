import Joi from 'joi';
import { policyName } from '../cluster-policy/object-name.ts';

/** Nobody and everybody must not look alike: everything is written out as `*`. */
const some = (items: Joi.Schema, hint: string) =>
  Joi.array()
    .items(items)
    .min(1)
    .max(1000)
    .messages({ 'array.min': `must not be empty; ${hint}`, 'array.max': 'has more than 1000 entries' })
    .empty(null);

const word = Joi.string().max(253).pattern(/^\S+$/).messages({
  'string.pattern.base': 'must not contain white space',
});
const words = some(word, 'everything is "*"');

const stack = Joi.string()
  .max(253)
  .pattern(/^[^\s*/]+$/)
  .messages({ 'string.pattern.base': 'must be the name of one stack' });

const rules = some(
  Joi.object({
    verbs: words.required(),
    resources: words.required(),
    resourceNames: some(word, 'leave it out to mean every name'),
  }),
  'a role without rules grants nothing',
);

const role = { kind: Joi.any(), name: policyName.required(), rules: rules.required() };
export const clusterRoleSchema = Joi.object(role);
export const roleSchema = Joi.object({ ...role, stack: stack.required() });

/** As a certificate has it: any characters but those that no terminal shows. */
const commonName = Joi.string()
  .max(256)
  .pattern(/^(?!@socket$)[^\p{Cc}]+$/u)
  .messages({
    'string.pattern.base': 'must be the CN of a client certificate; the local socket is "kind: LocalSocket"',
  });
const subject = Joi.object({
  kind: Joi.valid('User', 'Group', 'LocalSocket').required(),
  name: commonName.when('kind', { is: 'User', then: Joi.required(), otherwise: Joi.forbidden() }),
  pattern: commonName.when('kind', { is: 'Group', then: Joi.required(), otherwise: Joi.forbidden() }),
}).messages({ 'any.unknown': 'does not go with this kind: User has name, Group has pattern' });

const roleName = Joi.string().max(253).required();
const binding = (kinds: readonly string[]) => ({
  kind: Joi.any(),
  name: policyName.required(),
  role: Joi.object({ kind: Joi.valid(...kinds).required(), name: roleName }).required(),
  subjects: some(subject, 'a binding binds somebody').required(),
});
export const clusterRoleBindingSchema = Joi.object(binding(['ClusterRole']));
export const roleBindingSchema = Joi.object({ ...binding(['Role', 'ClusterRole']), stack: stack.required() });

const matched = some(word, 'leave it out to match all of them');
export const auditPolicySchema = Joi.object({
  kind: Joi.any(),
  name: policyName.required(),
  rules: some(
    Joi.object({
      level: Joi.valid('None', 'Metadata', 'Request', 'RequestResponse').required(),
      users: some(commonName.allow('@socket'), 'leave it out to match all of them'),
      verbs: words,
      resources: words,
      stacks: matched,
    }),
    'a policy without rules says nothing',
  ).required(),
});
