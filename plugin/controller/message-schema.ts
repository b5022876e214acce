import Joi from 'joi';
import { LIMITS } from '../config.ts';
import { Fault } from '../fault.ts';
import type { AgentMessage } from '../protocol.ts';
import { toFlowBatch, toFlowHistory } from './read-flows.ts';

/** What an agent may say: its certificate is good, its words are still checked. Unknown keys are left out. */
const id = Joi.string().pattern(/^[a-z0-9]{1,64}$/);
const text = (most: number) => Joi.string().allow('').max(most);
const count = Joi.number().integer().min(0).max(Number.MAX_SAFE_INTEGER);
const address = Joi.string().ip({ version: ['ipv4'], cidr: 'forbidden' });
const when = Joi.object({ at: count.required(), what: text(2_000), code: text(100), message: text(4_000) });

const network = Joi.object({
  id: id.required(),
  name: text(300).required(),
  subnets: Joi.array()
    .items(Joi.string().ip({ cidr: 'required' }))
    .max(64)
    .required(),
  encrypted: Joi.boolean().required(),
  ingress: Joi.boolean().required(),
  vnis: Joi.array().max(64).items(Joi.number().integer().min(1).max(0xffffff)),
});

const missing = Joi.array().max(16).items(text(300)).required();
const encrypted = Joi.object({
  id: id.required(),
  name: text(300).required(),
  state: Joi.string().valid('encrypted', 'broken', 'idle').required(),
  missing,
  mtu: count.required(),
  linkMtu: count,
  peers: Joi.array()
    .max(4_096)
    .items(
      Joi.object({
        address: Joi.string().ip({ cidr: 'forbidden' }).required(),
        missing,
        packetsOut: count.required(),
        packetsIn: count.required(),
        keySince: count,
      }),
    )
    .required(),
});

const report = Joi.object({
  networks: Joi.array()
    .max(4_096)
    .items(
      Joi.object({
        network: network.required(),
        loadBalancer: address,
        endpoints: Joi.array()
          .max(65_536)
          .items(
            Joi.object({
              address: address.required(),
              container: text(128).required(),
              task: id,
              held: Joi.valid(true),
            }),
          )
          .required(),
      }),
    )
    .required(),
  addresses: Joi.array()
    .max(LIMITS.nodeAddresses)
    .items(Joi.string().ip({ cidr: 'forbidden' }))
    .required(),
  health: Joi.object({
    revision: count.required(),
    mode: Joi.string().valid('enforcing', 'degraded').required(),
    authz: text(64),
    programs: Joi.array()
      .max(4_097)
      .items(
        Joi.object({
          name: text(300).required(),
          network: id,
          state: Joi.string().valid('applied', 'pending', 'failed').required(),
          entries: count.required(),
          denied: count.required(),
          wouldDeny: count.required(),
          notes: Joi.array().max(20).items(text(1_000)),
        }),
      )
      .required(),
    hostFirewall: Joi.object({
      state: Joi.string().valid('confirmed', 'trial', 'rolled-back').required(),
      policies: Joi.array().items(text(253)).max(1_000).required(),
      tried: Joi.array().items(text(253)).max(1_000),
      until: count,
    }),
    driftRepaired: count.required(),
    lastDrift: when,
    lastError: when,
    encryption: Joi.string().valid('available', 'unavailable', 'unknown').required(),
    encrypted: Joi.array().max(4_096).items(encrypted).required(),
    verdictLog: Joi.object({ days: count.required(), megabytes: count.required(), syslog: text(300) }),
    noFlows: text(1_000),
    startedAt: count.required(),
  }).required(),
});

const schemas: Readonly<Record<Exclude<AgentMessage['type'], 'flows' | 'flow-history'>, Joi.ObjectSchema>> = {
  hello: Joi.object({
    type: Joi.string(),
    protocol: count.required(),
    version: text(100).required(),
    hostname: text(300).required(),
    engine: text(100).required(),
  }),
  subscribe: Joi.object({ type: Joi.string() }),
  report: Joi.object({ type: Joi.string(), report: report.required() }),
  starting: Joi.object({ type: Joi.string() }),
  pong: Joi.object({ type: Joi.string(), n: count.required() }),
};

/** @throws Fault `peer-invalid` */
export function toAgentMessage(value: unknown): AgentMessage {
  const type = (value as { type?: unknown } | null)?.type;
  if (type === 'flows') return toFlowBatch(value as Record<string, unknown>);
  if (type === 'flow-history') return toFlowHistory(value as Record<string, unknown>);
  const schema = typeof type === 'string' && Object.hasOwn(schemas, type) ? schemas[type as 'hello'] : null;
  if (schema === null) throw new Fault('peer-invalid', 'the agent sent a message of no known type');
  const { value: message, error } = schema.validate(value, { stripUnknown: true, convert: false });
  if (error !== undefined)
    throw new Fault('peer-invalid', `the agent sent an invalid ${String(type)}: ${error.message}`);
  return message as AgentMessage;
}
