import { parseLimit } from '../label/limit-label.ts';
import type { StackLimit } from '../load/compose-file.ts';
import type { ServiceLimit, ServiceModel } from '../policy-model.ts';
import type { Report } from '../report.ts';
import { matchesSelector } from '../selector.ts';
import type { SourceText } from '../syntax/source-text.ts';
import { get, itemsOf, textOf } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';
import { readSelector } from './read-selector.ts';

/** `x-swarmwall.limits`, already checked by the schema. */
export function readLimits(
  tree: Tree | undefined,
  source: SourceText,
  report: Report,
): readonly StackLimit[] {
  return itemsOf(tree).flatMap((item): StackLimit[] => {
    const written = get(item, 'limit');
    const text = textOf(written);
    if (written === undefined || !text) return [];
    const { limit, problems } = parseLimit(text);
    for (const { code, message, hint } of problems)
      report.error(code, source.at(written.offset), message, hint);
    return limit === undefined ? [] : [{ services: readSelector(get(item, 'serviceSelector')), limit }];
  });
}

/** A service's own, else the first that selects it. */
export function limitOf(
  service: Pick<ServiceModel, 'labels' | 'limit'>,
  limits: readonly StackLimit[],
): ServiceLimit | undefined {
  return service.limit ?? limits.find(({ services }) => matchesSelector(services, service.labels))?.limit;
}
