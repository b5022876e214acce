import Joi from 'joi';
import { GROUP_NAME, GROUP_NAME_HINT } from '../group-name.ts';

/** Small letters only: Swarm tells names of configs apart without regard to case. */
const NAME = /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/;

export const policyName = Joi.string().max(253).pattern(NAME).messages({
  'string.pattern.base':
    'must be small letters, digits, ".", "_" and "-", with a letter or digit at either end',
});

export const groupName = Joi.string()
  .pattern(GROUP_NAME)
  .messages({ 'string.pattern.base': `must be the name of a group: ${GROUP_NAME_HINT}` });
