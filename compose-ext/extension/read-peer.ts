import { readDnsName } from '../dns-name.ts';
import { GROUP_NAME } from '../group-name.ts';
import type { Peer } from '../policy-model.ts';
import { isStrictlyInside, parseCidr } from '../syntax/cidr.ts';
import { get, itemsOf, textOf } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';
import type { ReadContext } from './read-context.ts';
import { isWritten, readSelector } from './read-selector.ts';

/** Undefined: broken, and reported here or by the schema. */
export function readPeer(tree: Tree, context: ReadContext): Peer | undefined {
  const peer = readKind(tree, context);
  if (peer !== undefined) context.references.push({ peer, origin: context.source.at(tree.offset) });
  return peer;
}

function readKind(tree: Tree, context: ReadContext): Peer | undefined {
  const block = get(tree, 'ipBlock');
  if (isWritten(block)) return readBlock(block, context);
  const service = get(tree, 'service');
  if (isWritten(service)) return readService(service, context);
  const group = textOf(get(tree, 'group'));
  // A name that is none is the schema's to report.
  if (group !== undefined) return GROUP_NAME.test(group) ? { kind: 'group', group } : undefined;
  const dnsName = get(tree, 'dnsName');
  if (isWritten(dnsName)) return readName(dnsName, context);
  if (textOf(get(tree, 'world')) === 'true') return { kind: 'world' };
  const [stacks, services] = [get(tree, 'stackSelector'), get(tree, 'serviceSelector')];
  if (!isWritten(stacks) && !isWritten(services)) return undefined;
  return {
    kind: 'selector',
    ...(isWritten(stacks) ? { stacks: readSelector(stacks) } : {}),
    ...(isWritten(services) ? { services: readSelector(services) } : {}),
  };
}

function readName(tree: Tree, { source, report }: ReadContext): Peer | undefined {
  const name = readDnsName(textOf(tree) ?? '');
  if (typeof name === 'string') return { kind: 'name', name };
  report.error(name.code, source.at(tree.offset), name.message, name.hint);
  return undefined;
}

/** The names that a stack and a Compose service can have. A dot in the latter is no DNS name's here, as it is in a label. */
const SERVICE = /^(?:([a-zA-Z0-9][a-zA-Z0-9_-]*)\/)?([a-zA-Z0-9._-]+)$/;

function readService(tree: Tree, { stack, source, report }: ReadContext): Peer | undefined {
  const text = textOf(tree) ?? '';
  if (text === '') return undefined;
  const match = SERVICE.exec(text);
  if (match === null) {
    report.error(
      'invalid-peer-name',
      source.at(tree.offset),
      `"${text}" is not a service`,
      serviceHint(text),
    );
    return undefined;
  }
  return { kind: 'service', stack: match[1] ?? stack, service: match[2] ?? '' };
}

function serviceHint(text: string): string {
  if (parseCidr(text) !== undefined) return `A block is { ipBlock: { cidr: "${text}" } }.`;
  if (text.startsWith('group:')) return 'A group is { group: … }.';
  if (text.startsWith('stack:') || text.endsWith('/*'))
    return 'Every service of a stack is { stackSelector: { matchLabels: { name: … } } }.';
  if (text.includes('{'))
    return 'Services by their labels are { serviceSelector: … }, with a stackSelector when of another stack.';
  if (/^[^:]+:[^:]+$/.test(text)) return 'Ports stand under "ports" of the rule, beside its peers.';
  return 'Write service or stack/service.';
}

/** A `cidr` and its exceptions. Undefined: broken, and reported here or by the schema. */
export function readBlock(
  tree: Tree,
  { source, report }: Pick<ReadContext, 'source' | 'report'>,
): Extract<Peer, { kind: 'ipBlock' }> | undefined {
  const fail = (at: Tree, message: string) => {
    report.error(
      'invalid-cidr',
      source.at(at.offset),
      message,
      'Blocks look like 10.0.0.0/8 or 2001:db8::/32.',
    );
    return undefined;
  };
  const written = get(tree, 'cidr');
  if (written === undefined) return undefined;
  const outer = parseCidr(textOf(written) ?? '');
  if (outer === undefined) return fail(written, `"${textOf(written) ?? ''}" is not an address block`);
  const exceptions = itemsOf(get(tree, 'except'));
  const except = exceptions.flatMap((item): string[] => {
    const inner = parseCidr(textOf(item) ?? '');
    if (inner === undefined) fail(item, `"${textOf(item) ?? ''}" is not an address block`);
    else if (isStrictlyInside(inner, outer)) return [inner.text];
    else fail(item, `the exception ${inner.text} is not inside ${outer.text}`);
    return [];
  });
  // Without an exception that could not be read the block would be wider than what is written.
  if (except.length < exceptions.length) return undefined;
  return { kind: 'ipBlock', cidr: outer.text, except };
}
