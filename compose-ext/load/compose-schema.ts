import Joi from 'joi';

/** Of Compose's own keys only those that are read here; the rest is Docker's business. */
const scalar = Joi.alternatives(Joi.string().allow(''), Joi.number(), Joi.boolean()).allow(null).messages({
  'alternatives.types': 'must be text, a number, true or false',
});
const listOr = (list: Joi.Schema, map: Joi.Schema) =>
  Joi.alternatives().conditional(Joi.array(), { then: list, otherwise: map });

const labels = listOr(
  Joi.array().items(Joi.string()),
  Joi.object().pattern(Joi.string().allow(''), scalar),
).allow(null);

const serviceNetwork = Joi.object({ aliases: Joi.array().items(Joi.string()) })
  .unknown()
  .allow(null);

/** Whether it is the number of a port, `readPorts` says in better words. */
const portNumber = Joi.alternatives(Joi.string().allow(''), Joi.number(), Joi.boolean()).messages({
  'alternatives.types': 'must be a port',
});

const port = Joi.alternatives().conditional(Joi.object(), {
  then: Joi.object({
    target: portNumber.required(),
    published: Joi.alternatives(Joi.number(), Joi.string()).allow(null),
    protocol: Joi.string(),
    mode: Joi.string(),
    name: Joi.string(),
  }).unknown(),
  otherwise: portNumber,
});

export const serviceSchema = Joi.object({
  labels,
  networks: listOr(Joi.array().items(Joi.string()), Joi.object().pattern(Joi.string(), serviceNetwork)).allow(
    null,
  ),
  ports: Joi.array().items(port).allow(null),
  expose: Joi.array().items(portNumber).allow(null),
  network_mode: Joi.string(),
  deploy: Joi.object({ labels }).unknown().allow(null),
})
  .unknown()
  .required();

export const networkSchema = Joi.object({
  name: Joi.string(),
  driver: Joi.string().allow(null),
  internal: Joi.alternatives(Joi.boolean(), Joi.string()),
  external: Joi.alternatives(Joi.boolean(), Joi.string(), Joi.object().unknown()),
  driver_opts: Joi.object().pattern(Joi.string(), scalar).allow(null),
  labels,
})
  .unknown()
  .allow(null);

const mode = Joi.alternatives(Joi.number(), Joi.string());

/** Of secrets and configs; Compose specification, 08-configs.md and 09-secrets.md. */
export const mountsSchema = {
  declared: Joi.object({
    file: Joi.string(),
    environment: Joi.string(),
    content: Joi.string().allow(''),
    name: Joi.string(),
    external: Joi.alternatives(Joi.boolean(), Joi.string(), Joi.object().unknown()),
    labels,
  })
    .unknown()
    .allow(null),
  used: Joi.array()
    .items(
      Joi.alternatives().conditional(Joi.object(), {
        then: Joi.object({
          source: Joi.string().required(),
          target: Joi.string(),
          uid: Joi.alternatives(Joi.string(), Joi.number()),
          gid: Joi.alternatives(Joi.string(), Joi.number()),
          mode,
        }).unknown(),
        otherwise: Joi.string().messages({ 'string.base': 'must be a name, or a map with "source"' }),
      }),
    )
    .allow(null),
};
