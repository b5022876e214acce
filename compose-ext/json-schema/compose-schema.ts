import { extensionSchema, serviceExtensionSchema } from '../extension/extension-schema.ts';
import { fromJoi, type JsonSchema } from './from-joi.ts';

const LABELS = {
  'swarmwall.ingress':
    'Who may connect to this service: entries separated by spaces, each peer or peer:ports, such as "web:8080 world:80"; or none.',
  'swarmwall.egress':
    'To whom this service may connect: entries as in swarmwall.ingress, such as "db:5432"; or none.',
  'swarmwall.limit':
    'How many connections it takes: "connections=200 rate=50/s burst=100 per=peer"; per=task counts for each task.',
  'swarmwall.mode':
    "enforce or audit, in place of the stack's: audit lets pass what its policies deny, and counts it.",
} as const;

/** Of a Compose file: x-swarmwall strictly, our labels, and every other key as it may be. */
export function composeJsonSchema(): JsonSchema {
  const label = (description: string) => ({ description, type: 'string', minLength: 1 });
  const labels = {
    type: ['object', 'array', 'null'],
    properties: Object.fromEntries(Object.entries(LABELS).map(([key, text]) => [key, label(text)])),
  };
  const service = {
    type: ['object', 'null'],
    properties: {
      labels,
      deploy: { type: ['object', 'null'], properties: { labels } },
      'x-swarmwall': {
        description: 'What Compose cannot say of a service.',
        ...fromJoi(serviceExtensionSchema),
      },
    },
  };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'A Compose file with Swarmwall policies',
    type: 'object',
    properties: {
      services: { type: ['object', 'null'], additionalProperties: service },
      'x-swarmwall': {
        description: "Swarmwall's policies and settings of the stack.",
        ...fromJoi(extensionSchema),
      },
    },
  };
}
