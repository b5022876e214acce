import { isAlias, isNode, visit, type Alias, type Document, type Node } from 'yaml';

/** What each alias means, while the document is as it was read. */
export function aliasTargets(document: Document): Map<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target !== undefined) targets.set(node, target);
      } else if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

/** Where an edit took an anchor away, the first alias of it becomes the anchored value itself. */
export function repairAliases(document: Document, targets: ReadonlyMap<Alias, Node>): void {
  const anchors = new Map<string, Node>();
  visit(document, {
    Alias(_, alias) {
      const target = targets.get(alias);
      if (target === undefined || anchors.get(alias.source) === target) return undefined;
      if (!anchors.has(alias.source)) return target;
      const copy = target.clone() as Node;
      dropAnchors(copy);
      return copy;
    },
    Node(_, node) {
      if (!isAlias(node) && node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
}

function dropAnchors(node: Node): void {
  visit(node, {
    Node(_, part) {
      if (isNode(part) && !isAlias(part)) delete part.anchor;
    },
  });
}
