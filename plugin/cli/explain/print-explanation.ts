import type { Direction } from '../../../compose-ext/policy-model.ts';
import type { DecidingRule } from '../../../rules/network-policy.ts';
import { changedConnections, type ChangedPair } from '../../../rules/explain/changed-pairs.ts';
import type { PassedOver, RuleStep, SideWalk, TierStep } from '../../../rules/explain/walk-side.ts';
import { peerText } from '../../../rules/explain/why-peer.ts';
import { askedText, portText } from '../../../rules/explain/why-port.ts';
import type { CliIo } from '../io.ts';
import { formatSpan } from '../plan/format-span.ts';
import { printable, styleFor } from '../style.ts';
import type { Style } from '../style.ts';
import type { Explained } from './explained.ts';

export function printExplanation(io: CliIo, found: Explained): void {
  const style = styleFor(io, io.stdout);
  const lines = [
    `${word(style, found)}  ${printable(`${found.from} → ${found.to}:${askedText(found)}`)}`,
    ...(found.wouldDeny ? ['it passes, and is counted, because a stack is in audit'] : []),
    ...(found.limit === undefined ? [] : [`limited to ${found.limit}: what is over it is dropped`]),
    '',
    ...sideLines(style, found.egress, found.from),
    '',
    ...sideLines(style, found.ingress, found.to),
    '',
    ...flipLines(style, found),
  ];
  io.stdout.write(`${lines.map(printableKeepingStyle).join('\n')}\n`);
}

/** Users' words are made printable where they enter a line; this keeps a line one line. */
function printableKeepingStyle(line: string): string {
  return line.replace(/[\r\n]/gu, ' ');
}

function word(style: Style, { allowed, wouldDeny }: Explained): string {
  if (!allowed) return style.red(style.bold('denied'));
  return wouldDeny ? style.yellow(style.bold('would-deny')) : style.green(style.bold('allowed'));
}

function sideLines(style: Style, walk: SideWalk, end: string): string[] {
  const title = style.bold(printable(`${walk.direction} of ${end}: ${walk.outcome.replace('-', ' ')}`));
  if (!end.includes('/')) return [title, '  outside the cluster: no policy is about it'];
  const tier = (steps: readonly TierStep[]) =>
    steps.flatMap((step) => tierLines(style, step, walk.direction));
  const { admin, baseline } = walk.tiers;
  return [
    title,
    ...tier(admin),
    ...ownLines(style, walk, end),
    ...tier(baseline),
    ...walk.passedOver.map(passedLine),
  ];
}

/** What its own policies say, where they are asked. */
function ownLines(style: Style, walk: SideWalk, end: string): string[] {
  if (walk.tier === 'admin') return ['  so its own policies are not asked'];
  if (walk.isolatedBy.length === 0)
    return walk.outcome === 'denied' && !walk.tier
      ? ['  no rule at all']
      : ['  no policy of its own isolates it'];
  const isolating = walk.isolatedBy.map((policy) => `  isolated by ${isolation(policy, end)}`);
  const rules = walk.rules.flatMap((step) => ruleLines(style, step, walk.direction));
  return [...isolating, ...(rules.length > 0 ? rules : ['  no rule at all'])];
}

const SIGNS = { allow: '✓', deny: '✗', pass: '→' } as const;

/** A rule that decides has its action's sign; one that does not concern what is asked has none. */
function tierLines(style: Style, step: TierStep, direction: Direction): string[] {
  const { action, admits, late } = step;
  const paint = action === 'deny' ? style.red : action === 'allow' ? style.green : style.yellow;
  const mark = admits && !late ? paint(SIGNS[action]) : style.dim('·');
  const passes = admits && !late && action === 'pass' ? ', to what comes below' : '';
  const head = `  ${mark} ${action} by ${named(step.rule)}${passes}`;
  return late ? [`${head}: decided before`] : [head, ...detailLines(style, step, direction)];
}

function isolation(rule: DecidingRule, end: string): string {
  if (rule.policy !== 'default') return named(rule);
  return printable(`the default of stack ${rule.stack}, as no policy selects ${end}${at(rule.origin)}`);
}

function ruleLines(style: Style, step: RuleStep, direction: Direction): string[] {
  const mark = step.admits ? style.green('✓') : style.red('✗');
  return [`  ${mark} ${named(step.rule)}`, ...detailLines(style, step, direction)];
}

function detailLines(style: Style, step: RuleStep, direction: Direction): string[] {
  const word = direction === 'ingress' ? 'from' : 'to';
  const peers =
    step.peers.length === 0
      ? [`      ${word} everybody${step.peerHolds ? '' : ', but the other end is nobody that is known'}`]
      : step.peers.map(
          ({ peer, holds, why }) =>
            `    ${sign(style, holds)} ${printable(`${word} ${peerText(peer)}: ${why}`)}`,
        );
  const ports =
    step.ports.length === 0
      ? ['      on every port']
      : step.ports.map(
          ({ match, holds, why }) =>
            `    ${sign(style, holds)} ${printable(`on ${portText(match)}: ${why}`)}`,
        );
  return [...peers, ...ports];
}

function sign(style: Style, holds: boolean): string {
  return style.dim(holds ? '+' : '-');
}

function passedLine({ policy, why }: PassedOver): string {
  return `  not about it: ${named(policy)}: ${printable(why)}`;
}

function named(rule: DecidingRule): string {
  const kind = rule.cluster ? 'cluster policy ' : '';
  return printable(`${kind}${rule.policy}${at(rule.origin)}`);
}

function at(origin: DecidingRule['origin'] | undefined): string {
  return origin?.file ? printable(` (${origin.file}:${origin.line}:${origin.column})`) : '';
}

function flipLines(style: Style, found: Explained): string[] {
  if (!found.flip) return ['No change of policy turns it.'];
  const title = style.bold(found.allowed ? 'to deny it:' : 'to allow it:');
  const edits = found.advice.map(({ text, at: place }) => `  ${printable(text)}${at(place)}`);
  return [title, ...edits, ...besides(found)];
}

/** More than these no person reads. */
const LISTED = 10;

function besides({ flip, from, to }: Explained): string[] {
  if (!flip?.pairs) return ['what else it changes was not counted: the cluster is large'];
  const others = flip.pairs.filter((pair) => pair.from !== from || pair.to !== to);
  const own = flip.pairs.find((pair) => pair.from === from && pair.to === to);
  const wider = own && changedConnections(own) > 1 ? [own] : [];
  const shown = [...wider, ...others].slice(0, LISTED).map(pairLine);
  const more = wider.length + others.length - shown.length;
  if (shown.length === 0) return ['nothing else changes between services, or with the world'];
  return ['  it also changes:', ...shown, ...(more > 0 ? [`    and ${more} more`] : [])];
}

function pairLine({ from, to, before, after }: ChangedPair): string {
  const text = (spans: ChangedPair['before']) => spans.map(formatSpan).join(' ') || 'nothing';
  return printable(`    ${from} → ${to}: ${text(before)}, then ${text(after)}`);
}
