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

const KINDS: Readonly<Record<string, Joi.Schema>> = {
  Pod: podSpec,
  Job: jobSpec,
  CronJob: object({ jobTemplate: object({ spec: jobSpec }) }),
};
const replicated = object({ replicas: count, template });
const status = object({
  podIP: Joi.string().empty(null).allow(''),
  podIPs: Joi.array()
    .items(object({ ip: Joi.string() }))
    .empty(null),
});

export function workloadSchema(kind: string): Joi.Schema {
  const metadata = metadataSchema.unknown().required();
  return kind === 'Pod'
    ? object({ metadata, spec: podSpec, status })
    : object({ metadata, spec: KINDS[kind] ?? replicated });
}

export const namespaceSchema = object({ metadata: metadataSchema.unknown().required() });
