import { isWritten } from '../extension/read-selector.ts';
import type { Position } from '../diagnostic.ts';
import type { Peer } from '../policy-model.ts';
import type { Report } from '../report.ts';
import { isStrictlyInside, parseCidr } from '../syntax/cidr.ts';
import type { Cidr } from '../syntax/cidr.ts';
import { get, itemsOf, textOf } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';
import type { ObjectContext } from './manifest.ts';
import { readLabelSelector } from './read-selector.ts';

/** Undefined: broken, and reported here or by the schema. */
export function readPeer(tree: Tree, context: ObjectContext): Peer | undefined {
  const stacks = readLabelSelector(get(tree, 'namespaceSelector'), context);
  const services = readLabelSelector(get(tree, 'podSelector'), context);
  const block = get(tree, 'ipBlock');
  if (isWritten(block)) return readBlock(block, context);
  if (stacks === undefined && services === undefined) return undefined;
  return { kind: 'selector', ...(stacks && { stacks }), ...(services && { services }) };
}

function readBlock(tree: Tree, context: ObjectContext): Peer | undefined {
  const outer = readCidr(get(tree, 'cidr'), context);
  const exceptions = itemsOf(get(tree, 'except'));
  const except = exceptions.flatMap((item): string[] => {
    const inner = readCidr(item, context);
    if (inner === undefined || outer === undefined) return [];
    const wrong = outsideOf(inner, outer);
    if (wrong === undefined) return [inner.text];
    const hint = `An exception is a smaller block inside ${outer.text}.`;
    context.report.error('invalid-cidr', context.source.at(item.offset), wrong, hint);
    return [];
  });
  // Without an exception that could not be read the block would be wider than what is written.
  if (outer === undefined || except.length < exceptions.length) return undefined;
  return { kind: 'ipBlock', cidr: outer.text, except };
}

function outsideOf(inner: Cidr, outer: Cidr): string | undefined {
  if (isStrictlyInside(inner, outer)) return undefined;
  if (inner.address.kind() !== outer.address.kind())
    return `the exception ${inner.text} and its block ${outer.text} are of different address families`;
  return inner.text === outer.text
    ? `the exception ${inner.text} is all of its block`
    : `the exception ${inner.text} is not inside ${outer.text}`;
}

/** Unlike in labels and x-swarmwall, Kubernetes takes no bare address. */
export function readCidr(written: Tree | undefined, { source, report }: ObjectContext): Cidr | undefined {
  // What is missing or not text is the schema's to report.
  if (written?.kind !== 'scalar' || typeof written.value !== 'string') return undefined;
  const text = textOf(written) ?? '';
  const cidr = text.includes('/') ? parseCidr(text) : undefined;
  if (cidr !== undefined && !isMapped(cidr)) {
    warnHostBits(cidr, text, source.at(written.offset), report);
    return cidr;
  }
  if (cidr !== undefined) {
    const hint = 'Write the IPv4 block itself.';
    report.error('invalid-cidr', source.at(written.offset), `"${text}" is IPv4 written as IPv6`, hint);
    return undefined;
  }
  const hint = parseCidr(text)
    ? `Write ${text}/${text.includes(':') ? 128 : 32}.`
    : 'Blocks look like 10.0.0.0/8 or 2001:db8::/32.';
  report.error('invalid-cidr', source.at(written.offset), `"${text}" is not an address block`, hint);
  return undefined;
}

function isMapped({ address }: Cidr): boolean {
  return 'isIPv4MappedAddress' in address && address.isIPv4MappedAddress();
}

function warnHostBits(cidr: Cidr, text: string, at: Position, report: Report): void {
  const start = cidr.text.slice(0, cidr.text.indexOf('/'));
  if (parseCidr(start)?.address.toNormalizedString() === cidr.address.toNormalizedString()) return;
  const message = `"${text}" means ${cidr.text}: the address has bits beyond its prefix`;
  report.warn('invalid-cidr', at, message, `Write ${cidr.text}.`);
}
