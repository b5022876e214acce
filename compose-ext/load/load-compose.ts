import type { Diagnostic } from '../diagnostic.ts';
import { readExtension } from '../extension/read-extension.ts';
import type { Environment } from '../interpolate/interpolate.ts';
import { interpolateTree } from '../interpolate/interpolate-tree.ts';
import { parseCompiledLabel } from '../label/compiled-label.ts';
import type { ServicePort } from '../policy-model.ts';
import { createReport, hasErrors, sortDiagnostics, type Report } from '../report.ts';
import { readDocument } from '../syntax/read-document.ts';
import { checkSchema } from '../syntax/schema-errors.ts';
import { sourceText, type SourceText } from '../syntax/source-text.ts';
import { entriesOf, get, isMapTree, isNull, textOf } from '../syntax/tree-access.ts';
import { buildTree, type Tree, type TreeEntry } from '../syntax/yaml-tree.ts';
import type { ComposeFile, ComposeService } from './compose-file.ts';
import { networkSchema, serviceSchema } from './compose-schema.ts';
import { readAnnotations } from './read-annotations.ts';
import { readLabels, type WrittenLabel } from './read-labels.ts';
import { checkNetworkNames, readNetwork, readServiceNetworks } from './read-networks.ts';
import { readPorts } from './read-ports.ts';

export interface LoadOptions {
  /** The name that positions carry. */
  readonly file: string;
  /** Wins over the file's `name:`. */
  readonly stack?: string;
  /** What variables mean. Without it defaults hold, and nothing is known of the others. */
  readonly environment?: Environment;
}

/** Reads Compose text. Never throws: whatever is wrong is in the diagnostics, all at once. */
export function loadCompose(
  text: string,
  options: LoadOptions,
): { readonly file: ComposeFile; readonly diagnostics: readonly Diagnostic[] } {
  const report = createReport();
  const source = sourceText(options.file, text);
  const document = readDocument(source, report);
  const tree = document && buildTree(document, source, report);
  const root = tree && interpolateTree(tree, options.environment, source, report);
  const file = readFile(root, source, options, report);
  const diagnostics = sortDiagnostics(report.diagnostics);
  return { file: { ...file, sound: !hasErrors(diagnostics) }, diagnostics };
}

function readFile(
  root: Tree | undefined,
  source: SourceText,
  options: LoadOptions,
  report: Report,
): ComposeFile {
  checkRoot(root, source, report);
  // `compile` renames `name`, which stack deploy refuses, to `x-name`.
  const name = get(root, 'name') ?? get(root, 'x-name');
  const stack = options.stack ?? (textOf(name) || 'default');
  const named = root && options.stack === undefined && name ? name.offset : 0;
  const services = [...entriesOf(get(root, 'services'))].flatMap(([key, entry]) =>
    readService(key, entry, source, report),
  );
  const networks = [...entriesOf(get(root, 'networks'))].map(([key, entry]) => {
    checkSchema(entry.value, networkSchema, source, report, `networks.${key}`);
    return readNetwork(key, entry, source, report);
  });
  checkNetworkNames(services, networks, report);
  warnOutsideDeploy(root, services, report);
  const written = entriesOf(root).get('x-swarmwall');
  const extension = readExtension(written, stack, source, report);
  const labelled = services.some(
    (service) => 'compiled' in service || Object.keys(service.annotations).length > 0,
  );
  return {
    file: options.file,
    text: source.text,
    stack,
    stackOrigin: source.at(named),
    sound: true,
    annotated: labelled || written !== undefined,
    services,
    networks,
    settings: extension.settings,
    policies: extension.policies,
    references: extension.references,
  };
}

function checkRoot(root: Tree | undefined, source: SourceText, report: Report): void {
  if (root === undefined) return;
  if (!isMapTree(root)) {
    const hint = 'A Compose file is a map with the key "services".';
    report.error('invalid-root', source.at(root.offset), 'the file is not a map', hint);
    return;
  }
  const name = get(root, 'name');
  if (name !== undefined && typeof (name.kind === 'scalar' ? name.value : undefined) !== 'string') {
    report.error('invalid-value', source.at(name.offset), '"name" must be a string', '');
  }
  for (const key of ['services', 'networks'] as const) {
    const part = root.entries.get(key);
    if (part === undefined || isMapTree(part.value) || (key === 'networks' && isNull(part.value))) continue;
    report.error('invalid-value', source.at(part.keyOffset), `"${key}" must be a map`, '');
  }
  if (!root.entries.has('services') && !root.entries.has('include')) {
    report.error(
      'no-services',
      source.at(root.offset),
      'the file has no services',
      'Add the key "services".',
    );
  }
}

function readService(name: string, entry: TreeEntry, source: SourceText, report: Report): ComposeService[] {
  const { keyOffset, value } = entry;
  const origin = source.at(keyOffset);
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) {
    report.error(
      'invalid-name',
      origin,
      `"${name}" is not the name of a service`,
      'Use letters, digits, ".", "_" and "-".',
    );
    return [];
  }
  checkSchema(value, serviceSchema, source, report, `services.${name}`);
  const container = readLabels(get(value, 'labels'), source, report);
  const deploy = readLabels(get(value, 'deploy', 'labels'), source, report);
  const annotations = readAnnotations(name, { labels: container, 'deploy.labels': deploy }, source, report);
  const { ports, publishes } = readPorts(value, source, report);
  const networkMode = textOf(get(value, 'network_mode'));
  return [
    {
      name,
      origin,
      labels: plainLabels([...container, ...deploy]),
      containerLabels: plainLabels([...container].filter(([key]) => !deploy.has(key))),
      publishes,
      ports: withNames(ports, annotations.compiled),
      networks: readServiceNetworks(get(value, 'networks'), source),
      ...(networkMode === undefined ? {} : { networkMode }),
      ...annotations,
    },
  ];
}

/** In an output of `compile` the names of ports are in the generated label. */
function withNames(ports: readonly ServicePort[], compiled: string | undefined): readonly ServicePort[] {
  const label = compiled === undefined ? 'none' : parseCompiledLabel(compiled);
  const named = typeof label === 'string' ? [] : label.ports;
  return ports.map((port) => {
    const match = named.find(({ target, protocol }) => target === port.target && protocol === port.protocol);
    return port.name === undefined && match?.name !== undefined ? { ...port, name: match.name } : port;
  });
}

function plainLabels(labels: readonly (readonly [string, WrittenLabel])[]): Readonly<Record<string, string>> {
  const own = labels.filter(([key]) => !key.startsWith('swarmwall.'));
  return Object.fromEntries(own.map(([key, { value }]) => [key, value]));
}

/** A stack file is one with `deploy`, or with a `version` of 3. */
function warnOutsideDeploy(
  root: Tree | undefined,
  services: readonly ComposeService[],
  report: Report,
): void {
  const version = textOf(get(root, 'version')) ?? '';
  const deployed = [...entriesOf(get(root, 'services')).values()].some(
    ({ value }) => get(value, 'deploy') !== undefined,
  );
  if (!deployed && !version.startsWith('3')) return;
  for (const { annotations } of services) {
    for (const direction of ['ingress', 'egress'] as const) {
      const annotation = annotations[direction];
      if (annotation?.in !== 'labels') continue;
      const message = `swarmwall.${direction} is in labels; Swarm managers read only deploy.labels`;
      report.warn(
        'label-outside-deploy',
        annotation.origin,
        message,
        'Move it to deploy.labels; "compile" does so.',
      );
    }
  }
}
