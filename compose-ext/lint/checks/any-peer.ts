import { labelWords } from '../label-words.ts';
import type { LintRule } from '../lint-rule.ts';

export const anyPeer: LintRule = {
  id: 'any-peer',
  severity: 'warning',
  scope: 'stack',
  summary: 'a label says "any" where a narrower peer would do',
  *check(file) {
    const publishing = new Set(file.services.filter(({ publishes }) => publishes).map(({ name }) => name));
    for (const { service, direction, annotation, index, text, at } of labelWords(file)) {
      if (annotation.parsed.entries[index]?.peer.kind !== 'any') continue;
      const side = direction === 'ingress' ? 'from' : 'to';
      const world =
        direction === 'egress' || publishing.has(service) ? '"world" for addresses outside, ' : '';
      yield {
        at,
        within: annotation.origin,
        message: `"${text}" allows connections ${side} every service of every stack, and the world`,
        hint: `Say whom it means: ${world}"{}" for this stack's services, or the services by name.`,
      };
    }
  },
};
