import type { ComposeFile, ComposeService } from '../../load/compose-file.ts';
import type { PortMatch, ServicePort } from '../../policy-model.ts';
import { formatPortMatch } from '../../syntax/port-match.ts';
import { portMatches } from '../port-matches.ts';
import type { LintRule } from '../lint-rule.ts';

export const unpublishedPort: LintRule = {
  id: 'unpublished-port',
  severity: 'warning',
  scope: 'stack',
  summary: 'a rule lets the world in on a port that is not published',
  *check(file, context) {
    const services = new Map(file.services.map((service) => [service.name, service]));
    for (const { policy, direction, rule, targets } of context.rulesOf(file.stack)) {
      if (direction !== 'ingress' || !onlyWorld(rule.peers) || targets.length === 0) continue;
      const known = targets.map(({ name }) => services.get(name));
      if (known.some((service) => service === undefined || !isCertain(service, file))) continue;
      const published = targets.flatMap(({ ports }) => ports.filter(isPublished));
      const dead = rule.ports.filter((port) => !published.some((each) => portMatches(port, each)));
      if (dead.length === 0 || dead.some(({ port }) => typeof port === 'string')) continue;
      yield {
        at: rule.origin,
        within: policy.origin,
        message: `"${policy.name}" lets the world in on ${list(dead)}, which no selected service publishes`,
        hint: hintFor(published),
      };
    }
  },
};

function onlyWorld(peers: readonly { readonly kind: string }[]): boolean {
  return peers.length > 0 && peers.every(({ kind }) => kind === 'world');
}

/** Every way in from outside is written here: no variable, no network that others made, none of the host's. */
function isCertain({ portsKnown, networkMode, networks }: ComposeService, file: ComposeFile): boolean {
  const external = new Set(file.networks.filter(({ external: made }) => made).map(({ name }) => name));
  return portsKnown && networkMode === undefined && !networks.some(({ name }) => external.has(name));
}

function isPublished({ published, mode }: ServicePort): boolean {
  return published !== undefined || mode !== undefined;
}

function list(ports: readonly PortMatch[]): string {
  return `port ${ports.map(formatPortMatch).join(', ')}`;
}

function hintFor(published: readonly ServicePort[]): string {
  if (published.length === 0) return 'Publish it under ports:, or remove the rule.';
  const numbers = [...new Set(published.map(({ target }) => target))].slice(0, 10).join(', ');
  return `Rules name the container's port, not the published one; published here: ${numbers}.`;
}
