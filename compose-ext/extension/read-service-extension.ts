import { parseMode } from '../label/mode-label.ts';
import type { Mode, ServicePort } from '../policy-model.ts';
import type { Report } from '../report.ts';
import { isPortName, parseProtocol } from '../syntax/port-match.ts';
import { checkSchema } from '../syntax/schema-errors.ts';
import type { SourceText } from '../syntax/source-text.ts';
import { get, itemsOf, textOf } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';
import { serviceExtensionSchema } from './extension-schema.ts';
import { isWritten } from './read-selector.ts';

export interface ServiceExtension {
  /** Names for ports, published or not. */
  readonly ports: readonly ServicePort[];
  readonly mode?: Mode;
}

/** x-swarmwall of one service. */
export function readServiceExtension(
  tree: Tree | undefined,
  service: string,
  source: SourceText,
  report: Report,
): ServiceExtension {
  if (!isWritten(tree)) return { ports: [] };
  checkSchema(tree, serviceExtensionSchema, source, report, `services.${service}.x-swarmwall`);
  const mode = parseMode(textOf(get(tree, 'mode')) ?? '');
  const ports = itemsOf(get(tree, 'ports')).flatMap((item): ServicePort[] => {
    const written = get(item, 'name');
    const name = textOf(written) ?? '';
    const target = Number(textOf(get(item, 'port')));
    const protocol = parseProtocol(textOf(get(item, 'protocol')) || 'TCP');
    if (written === undefined || protocol === undefined || !(target > 0)) return [];
    if (isPortName(name)) return [{ protocol, target, name }];
    const hint = 'At most 15 letters, digits and "-", with a letter among them.';
    report.error('invalid-ports', source.at(written.offset), `"${name}" is not a port name`, hint);
    return [];
  });
  return { ports, ...(mode && { mode }) };
}
