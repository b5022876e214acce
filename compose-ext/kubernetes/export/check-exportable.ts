import type { Position } from '../../diagnostic.ts';
import { STACK_NAME_LABEL } from '../../label/label-policy.ts';
import type { Labels, Policy, PolicyModel, Selector, StackModel } from '../../policy-model.ts';
import type { Report } from '../../report.ts';
import { isLabelKey, isLabelValue } from '../label-syntax.ts';
import { askedServiceLabels, askedStackLabels, rulesOf, type ExportNames } from './export-names.ts';

/** The labels that Kubernetes takes; of the others it says so. */
export interface LabelFilter {
  ofService(labels: Labels, what: string, origin: Position): Labels;
  ofStack(labels: Labels, what: string, origin: Position): Labels;
}

export function createLabelFilter(model: PolicyModel, report: Report): LabelFilter {
  const asked = { service: askedServiceLabels(model), stack: askedStackLabels(model) };
  const filter = (labels: Labels, keys: ReadonlySet<string>, what: string, origin: Position): Labels =>
    Object.fromEntries(
      Object.entries(labels).filter(([key, value]) => {
        if (isLabelKey(key) && isLabelValue(value)) return true;
        const message = `the label ${key} of ${what} is none that Kubernetes takes`;
        if (keys.has(key))
          report.error('unfit-label', origin, `${message}, and a policy asks for it`, LABEL_HINT);
        else report.info('not-exported', origin, `${message}; it is left out`, 'No policy asks for it.');
        return false;
      }),
    );
  return {
    ofService: (labels, what, origin) => filter(labels, asked.service, what, origin),
    ofStack: (labels, what, origin) => filter(labels, asked.stack, what, origin),
  };
}

const LABEL_HINT =
  'Keys look like app or example.com/app; values have at most 63 letters, digits, ".", "_" and "-".';

export function checkStack(stack: StackModel, model: PolicyModel, names: ExportNames, report: Report): void {
  if (stack.annotated && stack.mode === 'audit') {
    const message = `the stack "${stack.name}" is in audit mode: Kubernetes would enforce what is only logged now`;
    report.error('audit-mode', stack.origin, message, 'Set "mode: enforce" in x-swarmwall.');
  }
  for (const { name, mode, origin } of stack.services) {
    if (mode !== 'audit' || stack.mode === 'audit') continue;
    const message = `the service "${name}" is in audit mode: Kubernetes would enforce what is only logged now`;
    report.error('audit-mode', origin, message, 'Set its mode to enforce.');
  }
  if (stack.annotated && stack.encrypted) {
    const message = `encryption between the services of "${stack.name}" is left out: in Kubernetes it is the network plugin's`;
    report.info('not-exported', stack.origin, message);
  }
  noteName('stack', stack.name, names.namespaceOf(stack.name), stack.origin, report);
  for (const { name, origin } of stack.services)
    noteName('service', name, names.workloadOf(stack.name, name), origin, report);
  for (const policy of stack.policies) checkPolicy(policy, model, report);
}

function noteName(what: string, name: string, given: string, origin: Position, report: Report): void {
  if (name === given) return;
  report.info('name-fitted', origin, `Kubernetes takes no ${what} called "${name}"; it becomes "${given}"`);
}

function checkPolicy(policy: Policy, model: PolicyModel, report: Report): void {
  if (policy.target.kind === 'selector') checkSelector(policy.target.services, policy.origin, report);
  for (const { peers, origin } of rulesOf(policy))
    for (const peer of peers) {
      if (peer.kind === 'service' && !model.stacks.some(({ name }) => name === peer.stack)) {
        const message = `the stack "${peer.stack}" is not given: ${peer.stack}/${peer.service} is taken at its word`;
        report.warn('unchecked-stack', origin, message, `Give it too: --with ${peer.stack}=FILE.`);
      }
      if (peer.kind === 'group') {
        const message = `the addresses of the group "${peer.group}" are the cluster's to know, not the file's`;
        report.error('group-not-exported', origin, message, 'Write them as an ipBlock to export them.');
      }
      if (peer.kind === 'name') {
        const message = `NetworkPolicy has no DNS names: "${peer.name}" has no place in it`;
        const hint = "Write its addresses as an ipBlock, or keep it for your network plugin's own policy.";
        report.error('name-not-exported', origin, message, hint);
      }
      if (peer.kind !== 'selector') continue;
      if (peer.services) checkSelector(peer.services, origin, report);
      if (peer.stacks) checkSelector(peer.stacks, origin, report);
    }
}

function checkSelector({ matchLabels, matchExpressions }: Selector, origin: Position, report: Report): void {
  const terms = [
    ...Object.entries(matchLabels).map(([key, value]) => ({ key, values: [value] })),
    ...matchExpressions,
  ];
  for (const { key, values } of terms) {
    // Names of stacks are fitted, and so is what asks for them.
    const unfit = key === STACK_NAME_LABEL ? undefined : values.find((value) => !isLabelValue(value));
    if (!isLabelKey(key))
      report.error('unfit-label', origin, `Kubernetes takes no label key "${key}"`, LABEL_HINT);
    else if (unfit !== undefined)
      report.error('unfit-label', origin, `Kubernetes takes no label value "${unfit}"`, LABEL_HINT);
  }
}
