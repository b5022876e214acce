import type { Direction } from '../../compose-ext/policy-model.ts';
import type { Evaluator } from '../../rules/evaluator.ts';
import type { FlowReason, FlowRecord, FlowVerdict } from '../../rules/flows/flow-record.ts';
import { OUTSIDE_ADDRESSES } from '../lab/fabric.ts';
import type { Path } from '../lab/demo/probe-matrix.ts';
import type { Lines, WrittenRules } from './written-rules.ts';

const OUTSIDE = 'outside';

/** The demo's rules, for a person who reads its files. */
export interface Rulebook {
  readonly judge: Evaluator['judge'];
  /** By stack; `path` as whoever deployed it named the file. */
  readonly files: ReadonlyMap<string, { readonly path: string; readonly rules: WrittenRules }>;
}

/** What `observe` should have said of a path that was tried, and did not: nothing, where all is as it should be. */
export function mistold(
  path: Path,
  verdict: FlowVerdict,
  flows: readonly FlowRecord[],
  book: Rulebook,
): readonly string[] {
  const { from, to, protocol, targetPort: port } = path;
  const foreign = from === OUTSIDE;
  return judgesOf(path, verdict).flatMap((node) => {
    const found = flows.find(
      (flow) =>
        flow.node === node &&
        flow.verdict === verdict &&
        (foreign ? flow.source.kind === 'world' : flow.source.service === from) &&
        flow.destination.service === to &&
        // A published port leads to the task's address on docker_gwbridge.
        (foreign || path.addresses.includes(flow.destination.address)) &&
        flow.protocol === protocol &&
        flow.port === port,
    );
    const wrong = found === undefined ? 'no record' : misexplained(path, verdict, found.reason, book);
    return wrong === undefined
      ? []
      : [`${node}: ${verdict} ${from} → ${to}:${String(port)}/${protocol}: ${wrong}`];
  });
}

/** What is denied does not get to the other node; what comes from outside is judged where it comes in. */
function judgesOf({ from, fromNode, toNode }: Path, verdict: FlowVerdict): readonly string[] {
  if (from === OUTSIDE) return [toNode];
  return verdict === 'denied' || fromNode === toNode ? [fromNode] : [fromNode, toNode];
}

function misexplained(
  { from, to, protocol, targetPort: port }: Path,
  verdict: FlowVerdict,
  reason: FlowReason | undefined,
  { judge, files }: Rulebook,
): string | undefined {
  const source = from === OUTSIDE ? { address: OUTSIDE_ADDRESSES[0] } : { service: from };
  const sides = judge({ from: source, to: { service: to }, protocol, port });
  const outcome = verdict === 'allowed' ? 'allowed' : 'denied';
  const direction = (['ingress', 'egress'] as const).find((each) => sides[each].outcome === outcome);
  const own = direction === 'egress' ? from : to;
  const other = direction === 'egress' ? to : from === OUTSIDE ? 'world' : from;
  const said = `${reason?.policy ?? '-'}: ${reason?.text ?? '-'} (${reason?.file ?? '-'}:${String(reason?.line)})`;
  if (reason?.policy !== own) return `${said}, not by ${own}`;
  if (direction === undefined) return /nothing restricts/u.test(reason.text) ? undefined : said;
  const [stack = '', service = ''] = own.split('/');
  const { path, rules } = files.get(stack)!;
  const lines = whereWritten(rules, service, direction, other);
  const verb = outcome === 'allowed' ? /\ballows\b/u : /\bno (?:policy|ingress|egress)\b/u;
  return reason.file === path && isIn(lines, reason.line) && verb.test(reason.text)
    ? undefined
    : `${said}, not of lines ${String(lines.first)} to ${String(lines.last)} of ${path}`;
}

/** The label that names the other end; else the policy that does; else the label, or the default, that denies it. */
function whereWritten(rules: WrittenRules, service: string, direction: Direction, other: string): Lines {
  const label = rules.label(service, direction);
  const name = other.slice(other.indexOf('/') + 1);
  if (label !== undefined && new RegExp(`[\\s'/]${name}:`, 'u').test(rules.text(label))) return label;
  if (direction === 'ingress' && other === 'monitoring/prometheus' && SCRAPED.includes(service))
    return rules.policy('scrape');
  return label ?? rules.settings();
}

/** Those with the label `metrics`. */
const SCRAPED = ['vote', 'api', 'worker'];

const isIn = ({ first, last }: Lines, line: number | undefined): boolean =>
  line !== undefined && line >= first && line <= last;
