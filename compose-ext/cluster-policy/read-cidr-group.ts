import { readBlock } from '../extension/read-peer.ts';
import type { ObjectContext } from '../kubernetes/manifest.ts';
import { parseCidr } from '../syntax/cidr.ts';
import { checkSchema } from '../syntax/schema-errors.ts';
import { get, isMapTree, itemsOf, textOf } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';
import { cidrGroupSchema } from './cluster-policy-schema.ts';
import type { PolicyObject } from './policy-document.ts';

/** All its mistakes are in the report; with any, what is returned is not whole. */
export function readCidrGroup(tree: Tree, context: ObjectContext): PolicyObject {
  checkSchema(tree, cidrGroupSchema, context.source, context.report);
  const blocks = itemsOf(get(tree, 'cidrs')).flatMap((item) => {
    if (!isMapTree(item)) return readBareBlock(item, context);
    const block = readBlock(item, context);
    return block === undefined ? [] : [{ cidr: block.cidr, except: block.except }];
  });
  const name = textOf(get(tree, 'name')) ?? '';
  return { kind: 'group', group: { name, blocks, origin: context.source.at(tree.offset) } };
}

function readBareBlock(tree: Tree, { source, report }: ObjectContext): { cidr: string; except: string[] }[] {
  // What is not text is the schema's to report.
  if (tree.kind !== 'scalar' || typeof tree.value !== 'string') return [];
  const block = parseCidr(tree.value);
  if (block !== undefined) return [{ cidr: block.text, except: [] }];
  const hint = 'Blocks look like 10.0.0.0/8 or 2001:db8::/32.';
  report.error('invalid-cidr', source.at(tree.offset), `"${tree.value}" is not an address block`, hint);
  return [];
}
