import { formatEntry } from '../../compose-ext/label/format-label.ts';
import { type LabelPeer, parseLabel } from '../../compose-ext/label/label-grammar.ts';
import { STACK_NAME_LABEL } from '../../compose-ext/label/label-policy.ts';
import type { SelectorTerm } from '../../compose-ext/label/selector-terms.ts';
import type { Peer, PortMatch, Selector } from '../../compose-ext/policy-model.ts';

/** The entry of a label of this stack that says it; undefined where labels have no words for it. */
export function labelText(peer: Peer, ports: readonly PortMatch[], ownStack: string): string | undefined {
  const spelled = ports.map((match) =>
    match.port === undefined ? { ...match, port: 1, endPort: 65_535 } : match,
  );
  for (const spelling of spellings(peer, ownStack)) {
    const text = formatEntry({ peer: spelling, ports: spelled });
    const { entries, problems } = parseLabel(text);
    // A service may be called `world`, or have a name that labels do not take.
    if (problems.length === 0 && entries.length === 1 && sameKind(entries[0]?.peer, spelling)) return text;
  }
  return undefined;
}

function sameKind(read: LabelPeer | undefined, meant: LabelPeer): boolean {
  return read?.kind === meant.kind;
}

/** The shortest first. */
function spellings(peer: Peer, ownStack: string): readonly LabelPeer[] {
  switch (peer.kind) {
    case 'service': {
      const { stack, service } = peer;
      const whole = { kind: 'service', stack, service } as const;
      return stack === ownStack ? [{ kind: 'service', service }, whole] : [whole];
    }
    case 'selector':
      return selectorSpellings(peer.stacks, peer.services);
    case 'ipBlock':
      return [{ kind: 'cidr', cidr: peer.cidr.replace(/\/(?:32|128)$/u, ''), except: peer.except }];
    case 'group':
      return [{ kind: 'group', group: peer.group }];
    case 'name':
      return [{ kind: 'name', name: peer.name }];
    case 'world':
    case 'any':
      return [{ kind: peer.kind }];
  }
}

function selectorSpellings(
  stacks: Selector | undefined,
  services: Selector | undefined,
): readonly LabelPeer[] {
  const stack = stacks && stackOf(stacks);
  const terms = termsOf(services);
  if ((stacks && stack === undefined) || terms === undefined) return [];
  if (stack !== undefined && !services) return [{ kind: 'stack', stack }];
  return [{ kind: 'selector', ...(stack !== undefined && { stack }), terms }];
}

function stackOf({ matchLabels, matchExpressions }: Selector): string | undefined {
  const keys = Object.keys(matchLabels);
  const byName = keys.length === 1 && keys[0] === STACK_NAME_LABEL && matchExpressions.length === 0;
  return byName ? matchLabels[STACK_NAME_LABEL] : undefined;
}

function termsOf(selector: Selector | undefined): readonly SelectorTerm[] | undefined {
  const terms: SelectorTerm[] = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => ({
    kind: 'equals',
    key,
    value,
  }));
  for (const { operator, key } of selector?.matchExpressions ?? []) {
    if (operator === 'In' || operator === 'NotIn') return undefined;
    terms.push({ kind: operator === 'Exists' ? 'exists' : 'absent', key });
  }
  return terms;
}
