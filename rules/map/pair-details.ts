import type { Direction } from '../../compose-ext/policy-model.ts';
import { createEvaluator, type EvaluatorInput, type Place, type SideVerdict } from '../evaluator.ts';
import { WORLD } from '../outside-places.ts';
import { createPolicyLists } from '../probe-policies.ts';
import type { PortSpan } from '../port-set.ts';
import { placeId } from './map-data.ts';
import { spanText } from './service-map.ts';

/** A line of a policy that decides about a pair. All of it is hostile text. */
export interface PolicyLine {
  readonly direction: Direction;
  /** `shop/api.ingress`, `cluster policy NAME`. */
  readonly policy: string;
  /** Absent: nobody wrote it down, or Docker does not tell. */
  readonly file?: string;
  readonly line?: number;
}

export interface PairDetails {
  readonly allowed: readonly { readonly ports: string; readonly lines: readonly PolicyLine[] }[];
  /** Which policies close the two sides, so that all else is denied; empty: nothing does. */
  readonly closedBy: readonly PolicyLine[];
}

/** Undefined: a place that the evaluator has no name for, as the nodes' own. */
export function pairDetails(
  input: EvaluatorInput,
  externals: ReadonlyMap<string, string>,
  from: string,
  to: string,
): PairDetails | undefined {
  const [source, destination] = [placeOf(from, externals), placeOf(to, externals)];
  if (!source || !destination) return undefined;
  const evaluator = createEvaluator(input);
  const listOf = createPolicyLists();
  const lines = ({ egress, ingress }: Sides): readonly PolicyLine[] =>
    [...listOf(egress), ...listOf(ingress)].map(({ name, stack, cluster, direction, file, line }) => ({
      ...{ direction, policy: cluster ? `cluster policy ${name}` : `${stack}/${name}` },
      ...(file === '' ? {} : { file, line }),
    }));
  const spans = evaluator.rulesBetween(source, destination);
  const whole = evaluator.judge({ from: source, to: destination, protocol: 'tcp' });
  return {
    allowed: spans.map((span) => ({
      ports: spanText(span),
      lines: lines(evaluator.judge({ from: source, to: destination, ...asked(span) })),
    })),
    closedBy: lines({ egress: denying(whole.egress), ingress: denying(whole.ingress) }),
  };
}

type Sides = Readonly<Record<Direction, SideVerdict>>;

/** Of a span its first port: a rule that admits that one is shown for all of it. */
function asked({ protocol, port }: PortSpan): { protocol: 'tcp' | 'udp' | 'sctp' | 'icmp'; port?: number } {
  return { protocol: protocol === 'any' ? 'tcp' : protocol, ...(port === undefined ? {} : { port }) };
}

function denying(side: SideVerdict): SideVerdict {
  return side.outcome === 'denied' ? side : { outcome: 'not-isolated', rules: [], isolatedBy: [] };
}

function placeOf(id: string, externals: ReadonlyMap<string, string>): Place | undefined {
  const [service, outside] = [placeId('service', ''), placeId('outside', '')];
  if (id.startsWith(service)) return { service: id.slice(service.length) };
  const name = id.startsWith(outside) ? id.slice(outside.length) : WORLD;
  const address = externals.get(name);
  if (address === undefined) return undefined;
  return address === name && !/^[\d.]+$|:/u.test(name) ? { dnsName: name } : { address };
}
