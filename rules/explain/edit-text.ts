import type { Position } from '../../compose-ext/diagnostic.ts';
import type { ServiceKey } from '../../compose-ext/policy-model.ts';
import { labelText } from './label-text.ts';
import type { PolicyEdit, RuleBody } from './policy-edit.ts';
import { peerText } from './why-peer.ts';
import { portText } from './why-port.ts';

/** An edit as a person would make it. */
export interface EditText {
  readonly text: string;
  /** Where; absent when nothing is written there yet and the place is not known. */
  readonly at?: Position;
}

/** Where services and stacks are written, as far as it is known: a live cluster has no files. */
export type Origins = (name: ServiceKey) => Position | undefined;

export function editText(edit: PolicyEdit, originOf: Origins): EditText {
  switch (edit.kind) {
    case 'add-entry':
      return addText(edit, originOf);
    case 'narrow-rule':
      return { text: narrowText(edit), at: edit.rule.origin };
    case 'add-cluster-rule':
      return { text: clusterRuleText(edit), at: edit.before.origin };
    case 'isolate':
      return placed(
        `give ${edit.service} the label swarmwall.${edit.direction}: "none"`,
        originOf(edit.service),
      );
    case 'enforce':
      if (edit.by !== undefined)
        return { text: `swarmwall mode set enforce --service ${edit.service ?? edit.stack}` };
      if (edit.service !== undefined)
        return placed(
          `set the mode of ${edit.service}, which is in audit, to "enforce"`,
          originOf(edit.service),
        );
      return placed(
        `set "mode: enforce" in x-swarmwall of stack ${edit.stack}, which is in audit`,
        originOf(edit.stack),
      );
  }
}

function placed(text: string, at: Position | undefined): EditText {
  return { text, ...(at && { at }) };
}

function addText(edit: Extract<PolicyEdit, { kind: 'add-entry' }>, originOf: Origins): EditText {
  const { service, direction, peer, port, label } = edit;
  const key = `swarmwall.${direction}`;
  const entry = labelText(peer, port ? [port] : [], stackOf(service));
  if (entry === undefined) {
    const rule = bodyText({ peers: [peer], ports: port ? [port] : [] });
    return placed(`add a policy to x-swarmwall for ${direction} of ${service}: ${rule}`, originOf(service));
  }
  if (!label) return placed(`give ${service} the label ${key}: "${entry}"`, originOf(service));
  return placed(
    label.none
      ? `write "${entry}" in place of "none" in ${key} of ${service}`
      : `add "${entry}" to ${key} of ${service}`,
    label.origin,
  );
}

function clusterRuleText(edit: Extract<PolicyEdit, { kind: 'add-cluster-rule' }>): string {
  const { before, action, peer, port } = edit;
  const word = before.direction === 'ingress' ? 'from' : 'to';
  const rule = `${action} ${word} ${bodyText({ peers: [peer], ports: port ? [port] : [] })}`;
  return `only an administrator can: add to cluster policy ${before.policy}, ahead of its rule, "${rule}"`;
}

function narrowText(edit: Extract<PolicyEdit, { kind: 'narrow-rule' }>): string {
  const { rule, labelOf, index, written, left } = edit;
  const { policy, stack, direction } = rule;
  const before = labelOf === undefined ? undefined : entryText(written, stack);
  const after = left.map((body) => entryText(body, stack));
  if (before !== undefined && after.every((text) => text !== undefined)) {
    const where = `swarmwall.${direction} of ${labelOf ?? ''}`;
    return left.length === 0
      ? `take "${before}" out of ${where}`
      : `write "${after.join(' ')}" in place of "${before}" in ${where}`;
  }
  const name = `${direction} rule ${index + 1} of policy ${policy} of stack ${stack}`;
  return left.length === 0
    ? `remove ${name}`
    : `narrow ${name} to ${left.map(bodyText).join(', and a rule ')}`;
}

function entryText({ peers, ports }: RuleBody, stack: string): string | undefined {
  const [peer, ...more] = peers;
  return peer && more.length === 0 ? labelText(peer, ports, stack) : undefined;
}

export function bodyText({ peers, ports }: RuleBody): string {
  const who = peers.length === 0 ? 'everybody' : peers.map(peerText).join(' or ');
  return `${who} on ${ports.length === 0 ? 'every port' : ports.map(portText).join(', ')}`;
}

function stackOf(service: ServiceKey): string {
  return service.slice(0, service.indexOf('/'));
}
