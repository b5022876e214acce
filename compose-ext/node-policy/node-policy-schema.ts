import Joi from 'joi';
import { groupName, policyName } from '../cluster-policy/object-name.ts';
import { selectorSchema } from '../extension/extension-schema.ts';

/** `kind: NodePolicy`, strictly. As in Kubernetes, a key with nothing after it counts as not written. */
const list = (items: Joi.Schema) => Joi.array().items(items).empty(null);
const portNumber = Joi.number().integer().min(1).max(65535);

const port = Joi.object({
  port: portNumber.description("The node's port; absent: every port of the protocol."),
  endPort: portNumber.description('The last of a range that starts at "port".'),
  protocol: Joi.valid('TCP', 'UDP', 'SCTP', 'tcp', 'udp', 'sctp').description('TCP unless said.'),
});

const failsafePort = port.keys({ port: portNumber.required() });

const peers = {
  ipBlock: Joi.object({
    cidr: Joi.string()
      .required()
      .description('10.0.0.0/8 or 2001:db8::/32; a bare address is a block of one.'),
    except: list(Joi.string()).description('Blocks inside it that are left out.'),
  }).description('Addresses.'),
  nodes: Joi.valid(true).description("The Swarm's own nodes."),
  group: groupName.description('A named group of address blocks (kind: CIDRGroup).'),
  any: Joi.valid(true).description('Everybody.'),
};

const peer = Joi.object(peers)
  .xor(...Object.keys(peers))
  .messages({
    'object.missing': `must be a peer: ${Object.keys(peers).join(', ')}`,
    'object.xor': 'mixes kinds of peers: {{#presentWithLabels}} cannot stand together',
  });

const rule = Joi.object({
  name: Joi.string().max(100).empty(null),
  from: Joi.array()
    .items(peer)
    .min(1)
    .messages({ 'array.min': 'must name somebody; everybody is "any: true"' })
    .required(),
  ports: list(port).description('Missing or empty: every port, and every protocol.'),
});

export const nodePolicySchema = Joi.object({
  kind: Joi.valid('NodePolicy').required(),
  name: policyName.required().description('Unique among documents of all kinds.'),
  nodeSelector: selectorSchema(
    'Nodes with these labels, of Swarm or node.hostname, node.role, node.id; missing or empty: every node.',
  ),
  default: Joi.valid('deny', 'allow')
    .empty(null)
    .description(
      'What no rule allows. deny (unless said): all of it. allow: all but ports that some rule names.',
    ),
  ingress: list(rule).description("Who may reach which of the node's own ports; allows add up."),
  failsafe: Joi.array()
    .items(failsafePort)
    .empty(null)
    .description('Ports that stay open to everybody. Unless said 22/TCP, for as long as no rule names it.'),
  rollbackAfter: Joi.string()
    .empty(null)
    .description('How long a change lasts that nobody confirms: 10s to 60m, 120s unless said.'),
});
