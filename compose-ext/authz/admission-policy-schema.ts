import Joi from 'joi';
import { policyName } from '../cluster-policy/object-name.ts';

/** As in our other kinds, a key with nothing after it counts as not written. */
const object = (keys: Joi.SchemaMap) => Joi.object(keys).empty(null);
const list = (items: Joi.Schema) => Joi.array().items(items).empty(null);
/** An empty list would match nobody, or allow nothing, and look as if it were left out. */
const some = (items: Joi.Schema, hint: string) =>
  Joi.array()
    .items(items)
    .min(1)
    .messages({ 'array.min': `must not be empty; ${hint}` })
    .empty(null);

const word = Joi.string().pattern(/^\S+$/).max(253).messages({
  'string.pattern.base': 'must not contain white space',
});
const matched = some(word, 'leave it out to match all of them');
const switched = Joi.boolean().empty(null);

const hostPath = Joi.string()
  .pattern(/^\/(?!\/)/)
  .pattern(/\/\/|\/\.{1,2}(\/|$)|.\/$/, { invert: true })
  .messages({
    'string.pattern.base': 'must be an absolute path',
    'string.pattern.invert.base': 'must be written without "..", ".", "//" and a slash at its end',
  });
const capability = Joi.string()
  .pattern(/^(CAP_)?[A-Za-z_]+$/i)
  .messages({ 'string.pattern.base': 'must be the name of a capability, such as NET_ADMIN' });
const port = Joi.number().integer().min(1).max(65535);
const portRange = Joi.string()
  .pattern(/^\d{1,5}-\d{1,5}$/)
  .messages({ 'string.pattern.base': 'must be a port, or a range such as 8000-8099' });
const ports = Joi.alternatives(port, portRange).messages({
  'alternatives.types': 'must be a port, or a range such as 8000-8099',
});
const registry = Joi.string()
  .pattern(/^[a-z0-9][a-z0-9.-]*(:\d+)?(\/[a-z0-9._/*-]+)?$/)
  .messages({
    'string.pattern.base':
      'must be a registry without scheme, and a path if wanted: registry.example.com/team/*',
  });

export const admissionPolicySchema = Joi.object({
  kind: Joi.any(),
  name: policyName.required(),
  match: object({ stacks: matched, users: matched, networks: matched }),
  level: Joi.valid('privileged', 'baseline', 'restricted').required(),
  mode: Joi.valid('enforce', 'warn', 'audit').empty(null),
  exempt: list(Joi.string()),
  allow: object({
    hostPaths: list(hostPath),
    capabilities: list(capability),
    sysctls: list(word),
    hostPorts: list(ports),
    volumeDrivers: list(word),
  }),
  runtimes: list(word),
  images: object({
    registries: some(registry, 'leave it out to allow all registries'),
    require: Joi.valid('tag', 'digest').empty(null),
  }),
  require: object({
    labels: list(word),
    networkPolicy: switched,
    encryptedNetwork: switched,
    memoryLimit: switched,
    cpuLimit: switched,
    pidsLimit: switched,
  }),
});
