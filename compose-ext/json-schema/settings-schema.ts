import { clusterSettingsSchema } from '../cluster-policy/cluster-settings.ts';
import { fromJoi, type JsonSchema } from './from-joi.ts';

/** Of one `kind: ClusterSettings` document. */
export function settingsJsonSchema(): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: "Swarmwall's settings of a Swarm",
    ...fromJoi(clusterSettingsSchema),
  };
}
