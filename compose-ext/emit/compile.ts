import { isMap, type Document, type YAMLMap } from 'yaml';
import { buildModel } from '../build-model.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { escapeVariables, interpolate } from '../interpolate/interpolate.ts';
import { compileLabel, parseCompiledLabel, saysTheSame } from '../label/compiled-label.ts';
import type { ComposeFile, ComposeService } from '../load/compose-file.ts';
import { limitOf } from '../extension/read-limits.ts';
import { formatLimit } from '../label/limit-label.ts';
import { SERVICE_LABELS } from '../load/read-annotations.ts';
import type { Isolation, PolicyModel, StackModel } from '../policy-model.ts';
import { selects, serviceKey } from '../reach.ts';
import { createReport, hasErrors, sortDiagnostics, type Report } from '../report.ts';
import type { ExternalSegment } from '../segment/cross-stack.ts';
import { planSegments, type Segment, type SegmentPlan, type ServicePair } from '../segment/plan-segments.ts';
import type { Target } from '../stack/target.ts';
import { readDocument } from '../syntax/read-document.ts';
import { sourceText, type SourceText } from '../syntax/source-text.ts';
import { get } from '../syntax/tree-access.ts';
import { buildTree, type Tree } from '../syntax/yaml-tree.ts';
import { reportUnchecked, reportUnencrypted } from './compile-warnings.ts';
import { editTopNetworks } from './network-edit.ts';
import { ownMap } from './node-building.ts';
import { printDocument } from './print-document.ts';
import { aliasTargets, repairAliases } from './repair-aliases.ts';
import {
  editDeployLabels,
  editLabels,
  editNetworks,
  labelText,
  removeDeployLabels,
  removeLabels,
  removePortNames,
} from './service-edit.ts';
import { isUnattached, wishNetworks } from './service-networks.ts';
import { editTopKeys } from './stack-syntax.ts';

export interface CompileOptions {
  /** Stacks of other files or of the live cluster. */
  readonly others?: readonly StackModel[];
  /** Both default to what the file says. */
  readonly encrypted?: boolean;
  readonly isolation?: Isolation;
  /** Who takes the text; `stack` unless told. For Compose networks stay as written, and labels go to the containers. */
  readonly target?: Target;
}

export interface Compiled {
  /** For `docker stack deploy`, or for Docker Compose; the file's own text when it is not annotated, has errors, or is compiled already. */
  readonly text: string;
  readonly diagnostics: readonly Diagnostic[];
  readonly segments: readonly Segment[];
  readonly pairsKeptApartByRulesOnly: readonly ServicePair[];
  readonly external: readonly ExternalSegment[];
}

interface Job {
  readonly file: ComposeFile;
  readonly model: PolicyModel;
  readonly stack: StackModel;
  readonly plan: SegmentPlan;
  readonly isolation: Isolation;
  readonly target: Target;
  readonly report: Report;
}

/** Annotations → segments and generated labels, in the user's own text. Its own output it leaves as it is. */
export function compile(file: ComposeFile, options: CompileOptions = {}): Compiled {
  const { model, diagnostics } = buildModel([file], options.others);
  const stack = model.stacks.find(({ name }) => name === file.stack);
  const nothing = { text: file.text, diagnostics, segments: [], pairsKeptApartByRulesOnly: [], external: [] };
  if (stack === undefined || !file.annotated || !file.sound || hasErrors(diagnostics)) return nothing;
  const report = createReport();
  const target = options.target ?? 'stack';
  const isolation = target === 'compose' ? 'off' : (options.isolation ?? stack.isolation);
  const encrypted = options.encrypted ?? stack.encrypted;
  const keysOf = (test: (service: ComposeService) => boolean) =>
    new Set(file.services.filter(test).map(({ name }) => serviceKey(file.stack, name)));
  const unattached = keysOf((service) => isUnattached(file, service));
  const worldly = keysOf(({ publishes }) => publishes);
  const plan = planSegments(model, file.stack, { isolation, encrypted, unattached, worldly });
  reportUnchecked(stack, model, report);
  if (isolation === 'off' && encrypted && target === 'stack') reportUnencrypted(file, report);
  const text = edit({ file, model, stack, plan, isolation, target, report });
  return { ...plan, text, diagnostics: sortDiagnostics([...diagnostics, ...report.diagnostics]) };
}

function edit(job: Job): string {
  const { file, plan, isolation, report } = job;
  const source = sourceText(file.file, file.text);
  const quiet = createReport();
  const document = readDocument(source, quiet);
  const tree = document && buildTree(document, source, quiet);
  if (document === undefined || tree === undefined || !isMap(document.contents)) return file.text;
  const root = document.contents;
  const targets = aliasTargets(document);
  const services = ownMap(root, 'services', get(tree, 'services'));
  const changes = file.services.map((service) => editService(services, tree, service, source, job));
  if (isolation !== 'off') changes.push(editTopNetworks(root, tree, file, plan.segments, plan.external));
  if (job.target === 'stack') changes.push(editTopKeys(root, tree, file, report));
  if (!changes.includes(true)) return file.text;
  repairAliases(document as Document, targets);
  return printDocument(document, file.text);
}

function editService(
  services: YAMLMap,
  root: Tree,
  service: ComposeService,
  source: SourceText,
  job: Job,
): boolean {
  const { file, plan, isolation, report } = job;
  const tree = get(root, 'services', service.name);
  if (tree === undefined) return false;
  const target = { node: ownMap(services, service.name, tree), tree };
  const forStack = job.target === 'stack';
  const labels = forStack ? get(tree, 'labels') : get(tree, 'deploy', 'labels');
  const moved = SERVICE_LABELS.filter((key) => labelText(labels, key) !== undefined);
  const wanted = new Map<string, string>(moved.map((key) => [key, labelText(labels, key) ?? '']));
  for (const [key, value] of judgedLabels(service, tree)) wanted.set(key, value);
  const limit = service.limit === undefined ? limitOf(service, file.limits) : undefined;
  if (limit !== undefined) wanted.set('swarmwall.limit', formatLimit(limit));
  if (service.mode !== undefined) wanted.set('swarmwall.mode', service.mode);
  wanted.set('swarmwall.compiled', compiledText(service, tree, job));
  if (!forStack) return [editLabels(target, wanted), removeDeployLabels(target, moved)].includes(true);
  const changes = [editDeployLabels(target, wanted), removeLabels(target, moved), removePortNames(target)];
  if (changes[2]) {
    const message = `the port names of service "${service.name}" move into its label swarmwall.compiled`;
    report.info('port-name-moved', service.origin, message, 'docker stack deploy knows no names of ports.');
  }
  if (isolation === 'off') return changes.includes(true);
  if (isUnattached(file, service)) {
    const message = `service "${service.name}" is not on networks of its own, so no policy guards it`;
    report.warn('host-network-kept', service.origin, message, 'Take it off the host network.');
    return changes.includes(true);
  }
  const key = serviceKey(file.stack, service.name);
  const names = [...plan.segments, ...plan.external]
    .filter(({ members }) => members.includes(key))
    .map(({ name }) => name)
    .sort();
  changes.push(editNetworks(target, wishNetworks(file, service, names, report)));
  return changes.includes(true);
}

/** Policies with variables, as they were judged: whoever deploys may have another environment. */
function judgedLabels({ annotations }: ComposeService, tree: Tree): [string, string][] {
  return (['ingress', 'egress'] as const).flatMap((direction): [string, string][] => {
    const annotation = annotations[direction];
    const key = `swarmwall.${direction}`;
    const place = annotation?.in === 'labels' ? ['labels'] : ['deploy', 'labels'];
    const written = labelText(get(tree, ...place), key);
    if (annotation === undefined || !written?.includes('$')) return [];
    return [[key, escapeVariables(annotation.text)]];
  });
}

/** An earlier output keeps its label while it still says the same: its places are those of the user's own file. */
function compiledText(service: ComposeService, tree: Tree, { file, stack }: Job): string {
  const model = stack.services.find(({ name }) => name === service.name);
  const policies = model === undefined ? [] : file.policies.filter((policy) => selects(policy, model));
  const label = compileLabel(file, service, policies);
  const written =
    labelText(get(tree, 'deploy', 'labels'), 'swarmwall.compiled') ??
    labelText(get(tree, 'labels'), 'swarmwall.compiled');
  const before = written === undefined ? 'none' : parseCompiledLabel(interpolate(written).text);
  if (written !== undefined && typeof before !== 'string' && saysTheSame(before, label)) return written;
  return escapeVariables(JSON.stringify(label));
}
