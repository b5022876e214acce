import type { ComposeService } from '../../load/compose-file.ts';
import type { LintRule } from '../lint-rule.ts';

export const borrowedNetwork: LintRule = {
  id: 'borrowed-network',
  severity: 'warning',
  scope: 'service',
  summary: 'a service with a policy of its own has the network of another container',
  *check({ services }) {
    for (const service of services) {
      const mode = service.runtime.options.network_mode;
      const [, kind, owner] = /^(service|container):(.+)$/.exec(mode?.value ?? '') ?? [];
      if (mode === undefined || owner === undefined || !hasOwnPolicy(service)) continue;
      const of = `${kind === 'container' ? 'the container ' : ''}"${owner}"`;
      yield {
        at: mode.origin,
        message: `"${service.name}" has the network of ${of}: its own policy guards nothing`,
        hint: `Write the policy at ${of}: it is for both.`,
      };
    }
  },
};

function hasOwnPolicy({ annotations, limit, mode, extended }: ComposeService): boolean {
  return (
    extended === true || limit !== undefined || mode !== undefined || Object.keys(annotations).length > 0
  );
}
