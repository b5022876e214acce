import { posix } from 'node:path';
import type { Diagnostic } from '../diagnostic.ts';
import { readExtension } from '../extension/read-extension.ts';
import { writeTree } from '../emit/write-tree.ts';
import { isWritten } from '../extension/read-selector.ts';
import { readServiceExtension } from '../extension/read-service-extension.ts';
import type { Environment } from '../interpolate/interpolate.ts';
import { parseCompiledLabel } from '../label/compiled-label.ts';
import { MERGE_BUDGET } from '../merge/merge-trees.ts';
import type { ServicePort } from '../policy-model.ts';
import { withProfiles } from '../project/profiles.ts';
import { loadScope, type ComposeText } from '../project/load-scope.ts';
import { runReading, type FoundFile, type Reading, type WantedFile } from '../project/reading.ts';
import type { Project } from '../project/scope.ts';
import { checkStackRules } from '../stack/check-stack.ts';
import { targetOf, type Target } from '../stack/target.ts';
import { settleUnreadable } from '../project/settle.ts';
import { createReport, hasErrors, sortDiagnostics, type Report } from '../report.ts';
import { checkSchema } from '../syntax/schema-errors.ts';
import { createSourceSet } from '../syntax/source-set.ts';
import type { SourceText } from '../syntax/source-text.ts';
import { entriesOf, get, textOf, treeSize } from '../syntax/tree-access.ts';
import { MAX_SIZE, type Tree, type TreeEntry, type TreeMap } from '../syntax/yaml-tree.ts';
import type { ComposeFile, ComposeService } from './compose-file.ts';
import { networkSchema, serviceSchema } from './compose-schema.ts';
import { checkMounts } from './check-mounts.ts';
import { readAnnotations } from './read-annotations.ts';
import { readLabels, type WrittenLabel } from './read-labels.ts';
import { checkNetworkNames, readNetwork, readServiceNetworks } from './read-networks.ts';
import { readPorts } from './read-ports.ts';
import { readRuntime } from './read-runtime.ts';

export interface ProjectOptions {
  /** Wins over the files' `name:`. */
  readonly stack?: string;
  /** The stack's when no file has a `name:`; else "default". */
  readonly fallbackName?: string;
  /** What variables mean. Without it defaults hold, and nothing is known of the others. */
  readonly environment?: Environment;
  /** The active ones; `*` is all. */
  readonly profiles?: readonly string[];
  /** What the files are for; without it they show it, see `targetOf`. */
  readonly target?: Target;
}

export interface LoadOptions extends ProjectOptions {
  /** The name that positions carry. */
  readonly file: string;
  /** For the files that it includes and extends; without it none can be read. */
  readonly readFile?: (wanted: WantedFile) => FoundFile;
}

export interface LoadedProject {
  readonly file: ComposeFile;
  readonly diagnostics: readonly Diagnostic[];
  /** Of all files that were read, by the name that positions carry. */
  readonly texts: ReadonlyMap<string, string>;
}

/** Reads Compose text. Never throws: whatever is wrong is in the diagnostics, all at once. */
export function loadCompose(text: string, options: LoadOptions): LoadedProject {
  const unread = (): FoundFile => ({ kind: 'unreadable', reason: 'no other file is read here' });
  return runReading(loadProject([{ file: options.file, text }], options), options.readFile ?? unread);
}

/** The files of one stack, merged in their order as Docker Compose does. It asks for what they include and extend. */
export function* loadProject(
  files: readonly ComposeText[],
  options: ProjectOptions = {},
): Reading<LoadedProject> {
  const report = createReport();
  const first = files[0] ?? { file: '', text: '' };
  const source = createSourceSet(first.file);
  const texts = new Map<string, string>();
  const merge = { source, report, keepResets: false, budget: { left: MERGE_BUDGET } };
  const folder = posix.dirname(first.file);
  const project = { sources: source, report, merge, texts, folder: folder === '.' ? '' : folder };
  const { environment } = options;
  const scope = { environment, shared: true, prefix: '', trail: [], bases: new Map<string, undefined>() };
  let own: TreeMap | undefined;
  const merged = yield* loadScope(files, scope, project, (tree) => (own = tree));
  const root = merged && bounded(merged, project);
  const { active, inactive } = withProfiles(root, options.profiles ?? []);
  const file = readFile(active, root, source, options, report);
  const deployed = active && (environment === undefined ? active : settleUnreadable(active));
  const text = own && deployed ? writeTree(first.text, own, deployed) : first.text;
  const diagnostics = sortDiagnostics(report.diagnostics);
  return { file: { ...file, text, inactive, sound: !hasErrors(diagnostics) }, diagnostics, texts };
}

function bounded(root: TreeMap, { report, sources }: Project): TreeMap | undefined {
  if (treeSize(root) <= MAX_SIZE) return root;
  const message = `the stack has more than ${MAX_SIZE} values once all is written out`;
  report.error('too-complex', sources.at(root.offset), message);
  return undefined;
}

/** `root` has the inactive services, too: they are checked, and left out afterwards. */
function readFile(
  active: TreeMap | undefined,
  root: TreeMap | undefined,
  source: SourceText,
  options: ProjectOptions,
  report: Report,
): Omit<ComposeFile, 'text' | 'inactive'> {
  if (root && !root.entries.has('services')) {
    report.error(
      'no-services',
      source.at(root.offset),
      'the file has no services',
      'Add the key "services".',
    );
  }
  // `compile` renames `name`, which stack deploy refuses, to `x-name`.
  const name = root?.entries.get('name') ?? root?.entries.get('x-name');
  const ownName = textOf(name?.value) || undefined;
  const stack = options.stack ?? ownName ?? options.fallbackName ?? 'default';
  const named = options.stack === undefined && name ? name.value.offset : 0;
  const kept = entriesOf(get(active, 'services'));
  const all = [...entriesOf(get(root, 'services'))].flatMap(([key, entry]) =>
    readService(key, entry, source, report),
  );
  const services = all.filter((service) => kept.has(service.name));
  const networks = [...entriesOf(get(root, 'networks'))].map(([key, entry]) => {
    checkSchema(entry.value, networkSchema, source, report, `networks.${key}`);
    return readNetwork(key, entry, source, report);
  });
  checkNetworkNames(all, networks, report);
  checkMounts(root, source, report);
  const target = options.target ?? targetOf(root);
  if (target === 'stack') checkStackRules(active, source, report);
  if (options.target !== 'compose') warnOutsideDeploy(root, services, report);
  const written = root?.entries.get('x-swarmwall');
  const extension = readExtension(written, stack, source, report);
  const labelled = services.some(
    (service) =>
      'compiled' in service ||
      'limit' in service ||
      'mode' in service ||
      Object.keys(service.annotations).length > 0,
  );
  const extended = [...kept.values()].some(({ value }) => isWritten(get(value, 'x-swarmwall')));
  return {
    file: source.file,
    stack,
    stackOrigin: source.at(named),
    ...(name && ownName !== undefined ? { nameOrigin: source.at(name.keyOffset) } : {}),
    sound: true,
    annotated: labelled || extended || written !== undefined,
    services,
    networks,
    settings: extension.settings,
    limits: extension.limits,
    policies: extension.policies,
    references: extension.references,
    lintLevels: extension.lintLevels,
  };
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
  const { ports, publishes, portsKnown } = readPorts(value, source, report);
  const extension = readServiceExtension(get(value, 'x-swarmwall'), name, source, report);
  const networkMode = textOf(get(value, 'network_mode'));
  return [
    {
      name,
      origin,
      labels: plainLabels([...container, ...deploy]),
      containerLabels: plainLabels([...container].filter(([key]) => !deploy.has(key))),
      publishes,
      portsKnown,
      ports: extension.ports.reduce(withName, withNames(ports, annotations.compiled)),
      networks: readServiceNetworks(get(value, 'networks'), source),
      ...readDeployment(value),
      ...(networkMode === undefined ? {} : { networkMode }),
      ...(extension.mode && { mode: extension.mode }),
      ...(isWritten(get(value, 'x-swarmwall')) && { extended: true as const }),
      ...annotations,
      runtime: readRuntime(value, source),
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

function readDeployment(service: Tree): Pick<ComposeService, 'replicas' | 'global'> {
  const replicas = textOf(get(service, 'deploy', 'replicas')) ?? '';
  return {
    ...(/^\d{1,9}$/.test(replicas) && { replicas: Number(replicas) }),
    global: textOf(get(service, 'deploy', 'mode')) === 'global',
  };
}

/** x-swarmwall names what `ports` and `expose` have without a name; what they have not is one port more. */
function withName(ports: readonly ServicePort[], named: ServicePort): readonly ServicePort[] {
  const same = ({ target, protocol }: ServicePort) => target === named.target && protocol === named.protocol;
  if (ports.some((port) => same(port) && port.name === named.name)) return ports;
  return ports.some((port) => same(port) && port.name === undefined)
    ? ports.map((port) =>
        same(port) && port.name === undefined
          ? { ...port, ...(named.name !== undefined && { name: named.name }) }
          : port,
      )
    : [...ports, named];
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
