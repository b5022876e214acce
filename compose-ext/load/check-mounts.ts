import { suggest } from '../nearest.ts';
import type { Report } from '../report.ts';
import { checkSchema } from '../syntax/schema-errors.ts';
import type { SourceText } from '../syntax/source-text.ts';
import { entriesOf, get, itemsOf, textOf } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';
import { mountsSchema } from './compose-schema.ts';

/** Secrets and configs: their form, and that what a service names is declared. Docker refuses the rest, too. */
export function checkMounts(root: Tree | undefined, source: SourceText, report: Report): void {
  for (const kind of ['secrets', 'configs'] as const) {
    const declared = entriesOf(get(root, kind));
    for (const [name, { value }] of declared) {
      checkSchema(value, mountsSchema.declared, source, report, `${kind}.${name}`);
    }
    for (const [service, { value }] of entriesOf(get(root, 'services'))) {
      const used = get(value, kind);
      if (used === undefined) continue;
      if (!checkSchema(used, mountsSchema.used, source, report, `services.${service}.${kind}`)) continue;
      for (const item of itemsOf(used)) {
        const at = get(item, 'source') ?? item;
        const name = textOf(at);
        if (name === undefined || declared.has(name)) continue;
        const message = `service "${service}" uses "${name}", which is not declared under ${kind}`;
        const hint = suggest(name, declared.keys(), `Declare it under ${kind}:.`);
        report.error('unknown-mount', source.at(at.offset), message, hint);
      }
    }
  }
}
