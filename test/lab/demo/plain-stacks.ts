import { isMap, isScalar, parseDocument } from 'yaml';
import { readStacks, type DemoStack } from './voting-stacks.ts';

/** The demo's stacks as they were before anybody knew of Swarmwall: no label of ours, no settings; all to be guarded. */
export function readPlainStacks(): readonly DemoStack[] {
  return readStacks().map((stack) => ({
    ...stack,
    source: withoutAnnotations(stack.source),
    annotated: true,
  }));
}

function withoutAnnotations(source: string): string {
  const document = parseDocument(source);
  document.delete('x-swarmwall');
  const services = document.get('services');
  if (!isMap(services)) return String(document);
  for (const { value: service } of services.items) {
    const labels = isMap(service) ? service.getIn(['deploy', 'labels']) : undefined;
    if (isMap(labels))
      labels.items = labels.items.filter(
        ({ key }) => !(isScalar(key) && String(key.value).startsWith('swarmwall.')),
      );
  }
  return String(document);
}
