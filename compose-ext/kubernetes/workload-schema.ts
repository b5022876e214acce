import Joi from 'joi';
import { labelsSchema, metadataSchema } from './metadata.ts';

/** Only what is read is checked: workloads are other tools' to validate. */
const object = (keys: Joi.SchemaMap) => Joi.object(keys).unknown().empty(null);
const count = Joi.number().integer().min(0).empty(null);

const port = object({
  name: Joi.string().empty(null).empty(''),
  containerPort: Joi.number().integer().min(1).max(65535).required(),
  protocol: Joi.valid('TCP', 'UDP', 'SCTP').empty(null).empty(''),
});
const containers = Joi.array().items(object({ ports: Joi.array().items(port).empty(null) }));
const podSpec = object({
  containers: containers.empty(null),
  initContainers: containers.empty(null),
  hostNetwork: Joi.boolean().empty(null),
});
const template = object({ metadata: object({ labels: labelsSchema }), spec: podSpec });
const jobSpec = object({ parallelism: count, template });

const status = object({
  podIP: Joi.string().empty(null).allow(''),
  podIPs: Joi.array()
    .items(object({ ip: Joi.string() }))
    .empty(null),
});

const metadata = metadataSchema.unknown().required();

/** Made once: a schema that is made for each object costs more than the check. */
const KINDS: Readonly<Record<string, Joi.Schema>> = {
  Pod: object({ metadata, spec: podSpec, status }),
  Job: object({ metadata, spec: jobSpec }),
  CronJob: object({ metadata, spec: object({ jobTemplate: object({ spec: jobSpec }) }) }),
};
const replicated = object({ metadata, spec: object({ replicas: count, template }) });

export function workloadSchema(kind: string): Joi.Schema {
  return KINDS[kind] ?? replicated;
}

export const namespaceSchema = object({ metadata });
