import { nodePolicySchema } from '../node-policy/node-policy-schema.ts';
import { fromJoi, type JsonSchema } from './from-joi.ts';

/** Of one `kind: NodePolicy` document. */
export function nodePolicyJsonSchema(): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: "What may reach a node's own ports",
    ...fromJoi(nodePolicySchema),
  };
}
