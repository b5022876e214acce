import type { ComposeFile } from '../../load/compose-file.ts';
import type { PortMatch, ServiceModel } from '../../policy-model.ts';
import { formatPortMatch } from '../../syntax/port-match.ts';
import type { LintContext, PlacedRule } from '../lint-context.ts';
import type { LintRule } from '../lint-rule.ts';
import { portMatches } from '../port-matches.ts';

/** `ports` alone says what is published, not what the container listens on; `expose` says the rest. */
export const undeclaredPort: LintRule = {
  id: 'undeclared-port',
  severity: 'warning',
  scope: 'stack',
  summary: 'a rule names a port that its target, which lists its ports in expose, does not have',
  *check(file, context) {
    for (const placed of context.rulesOf(file.stack)) {
      const targets = destinations(placed, file, context);
      if (targets.length === 0 || !targets.every((service) => listsItsPorts(service, file))) continue;
      const dead = placed.rule.ports.filter((port) => isDead(port, targets));
      if (dead.length === 0) continue;
      const names = [...new Set(targets.map(({ name }) => `"${name}"`))].slice(0, 5).join(', ');
      yield {
        at: placed.rule.origin,
        within: placed.policy.origin,
        message: `port ${dead.map(formatPortMatch).join(', ')} is in neither ports nor expose of ${names}`,
        hint: 'Rules name the port that the container listens on. Add it to expose, or correct the rule.',
      };
    }
  },
};

/** Of the file itself: another stack's file says for itself what it has. */
function destinations(
  { direction, rule, targets }: PlacedRule,
  { stack }: ComposeFile,
  context: LintContext,
): readonly ServiceModel[] {
  if (direction === 'ingress') return targets;
  const named = rule.peers.map((peer) =>
    peer.kind === 'service' && peer.stack === stack ? context.service(stack, peer.service) : undefined,
  );
  const known = named.filter((service) => service !== undefined);
  return known.length === named.length ? known : [];
}

function listsItsPorts({ name, ports }: ServiceModel, { services }: ComposeFile): boolean {
  const known = services.find((service) => service.name === name)?.portsKnown === true;
  return known && ports.some(({ published, mode }) => published === undefined && mode === undefined);
}

/** Names are the business of `unknown-named-port`. */
function isDead(port: PortMatch, targets: readonly ServiceModel[]): boolean {
  if (port.port === undefined || typeof port.port === 'string') return false;
  return !targets.some(({ ports }) => ports.some((declared) => portMatches(port, declared)));
}
