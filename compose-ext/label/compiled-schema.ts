import Joi from 'joi';
import { readDnsName } from '../dns-name.ts';
import { GROUP_NAME } from '../group-name.ts';
import type { Direction, Labels, Mode, Peer, PolicyRule, PortMatch, ServicePort } from '../policy-model.ts';

/** `swarmwall.compiled`: what a service's own labels cannot say. Our own stack's name is left out of it. */
export interface CompiledLabel {
  readonly v: 1;
  /** The Compose file that positions are in. */
  readonly file: string;
  /** Other files of the stack, for places that name one. */
  readonly files?: readonly string[];
  readonly stack: string;
  readonly service: string;
  /** The stack's settings. */
  readonly settings: {
    readonly labels: Labels;
    readonly nameLabel?: false;
    readonly defaults: Readonly<Record<Direction, 'allow' | 'deny'>>;
    readonly mode: Mode;
    readonly dns?: 'strict';
  };
  /** Where the raw labels' entries stand. */
  readonly at: Partial<Readonly<Record<Direction, CompiledOrigins>>>;
  /** x-swarmwall's policies that select the service. */
  readonly policies: readonly CompiledPolicy[];
  /** Plain `labels` that Swarm managers do not see, for selectors. */
  readonly labels: Labels;
  /** Named ports: `docker stack deploy` takes no port names. */
  readonly ports: readonly ServicePort[];
}

/** Line and column; the third says which of `files`, from 0. */
export type Place = readonly [number, number] | readonly [number, number, number];

export interface CompiledOrigins {
  /** Of the label's text: live text that differs has no place in the file. */
  readonly hash: string;
  readonly label: Place;
  readonly entries: readonly Place[];
}
export interface CompiledPolicy {
  readonly name: string;
  readonly at: Place;
  readonly directions: readonly Direction[];
  readonly ingress: readonly CompiledRule[];
  readonly egress: readonly CompiledRule[];
}
export interface CompiledRule {
  readonly peers: readonly CompiledPeer[];
  readonly ports: readonly PortMatch[];
  readonly at: Place;
}
/** A service peer without a stack is of the stack that the label is found in. */
export type CompiledPeer =
  | Exclude<Peer, { readonly kind: 'service' }>
  | { readonly kind: 'service'; readonly stack?: string; readonly service: string };
export type CompiledRules = readonly PolicyRule[];

/** Anybody who may update a service writes this label: every size is bounded. */
export const MAX_COMPILED_LENGTH = 512 * 1024;

const text = Joi.string().allow('').max(4096);
const name = Joi.string().max(256);
const list = (items: Joi.Schema, max: number) => Joi.array().items(items).max(max).required();
const labels = Joi.object().pattern(name.allow(''), Joi.string().allow('').max(65536)).max(1000);
const place = Joi.array().ordered(
  Joi.number().integer().min(1).required(),
  Joi.number().integer().min(1).required(),
  Joi.number().integer().min(0),
);
const direction = Joi.valid('ingress', 'egress');
const action = Joi.valid('allow', 'deny').required();

const expression = Joi.object({
  key: name.required(),
  operator: Joi.valid('In', 'NotIn', 'Exists', 'DoesNotExist').required(),
  values: list(text, 1000),
});
const selector = Joi.object({ matchLabels: labels.required(), matchExpressions: list(expression, 100) });
const cidr = Joi.string().max(50);
const dnsName = (text: string) => {
  if (readDnsName(text) !== text) throw new Error('not a DNS name');
  return text;
};
const peer = Joi.alternatives().conditional('.kind', {
  switch: [
    { is: 'service', then: Joi.object({ kind: Joi.string(), stack: name, service: name.required() }) },
    { is: 'selector', then: Joi.object({ kind: Joi.string(), stacks: selector, services: selector }) },
    {
      is: 'ipBlock',
      then: Joi.object({ kind: Joi.string(), cidr: cidr.required(), except: list(cidr, 1000) }),
    },
    {
      is: 'group',
      then: Joi.object({ kind: Joi.string(), group: Joi.string().pattern(GROUP_NAME).required() }),
    },
    {
      is: 'name',
      then: Joi.object({ kind: Joi.string(), name: Joi.string().max(255).custom(dnsName).required() }),
    },
    { is: 'world', then: Joi.object({ kind: Joi.string() }) },
    { is: 'any', then: Joi.object({ kind: Joi.string() }), otherwise: Joi.forbidden() },
  ],
});
const protocol = Joi.valid('tcp', 'udp', 'sctp').required();
const portNumber = Joi.number().integer().min(1).max(65535);
const port = Joi.object({
  protocol,
  port: Joi.alternatives(portNumber, Joi.string().max(15)),
  endPort: portNumber.min(Joi.ref('port')),
});
const rule = Joi.object({ peers: list(peer, 1000), ports: list(port, 1000), at: place.required() });
const origins = Joi.object({
  hash: Joi.string().max(64).required(),
  label: place.required(),
  entries: list(place, 10_000),
});

export const compiledSchema = Joi.object({
  v: Joi.valid(1).required(),
  file: Joi.string().max(4096).required(),
  files: Joi.array().items(Joi.string().max(4096)).max(1000),
  stack: name.required(),
  service: name.required(),
  settings: Joi.object({
    labels: labels.required(),
    nameLabel: Joi.valid(false),
    defaults: Joi.object({ ingress: action, egress: action }).required(),
    mode: Joi.valid('enforce', 'audit').required(),
    dns: Joi.valid('strict'),
  }).required(),
  at: Joi.object({ ingress: origins, egress: origins }).required(),
  policies: list(
    Joi.object({
      name: name.required(),
      at: place.required(),
      directions: list(direction, 2),
      ingress: list(rule, 1000),
      egress: list(rule, 1000),
    }),
    1000,
  ),
  labels: labels.required(),
  ports: list(
    Joi.object({
      protocol,
      target: portNumber.required(),
      published: portNumber,
      mode: Joi.valid('ingress', 'host'),
      name: Joi.string().max(15).required(),
    }),
    1000,
  ),
});
