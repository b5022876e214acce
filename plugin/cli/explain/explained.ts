import type { Position } from '../../../compose-ext/diagnostic.ts';
import type { Protocol } from '../../../compose-ext/policy-model.ts';
import { editText, type Origins } from '../../../rules/explain/edit-text.ts';
import { explain, type Explanation } from '../../../rules/explain/explain.ts';
import type { Flip } from '../../../rules/explain/flip.ts';
import { answer } from '../can/answer.ts';
import { addressOfWorld, findPlace } from '../can/cluster-question.ts';
import type { AskedCluster } from '../can/cluster-question.ts';
import { readPlace, readTarget } from '../can/read-place.ts';
import { CliFailure } from '../failure.ts';

/** What `explain --json` prints. */
export interface Explained extends Omit<Explanation, 'verdict'> {
  readonly allowed: boolean;
  /** It passes only because a stack is in audit. */
  readonly wouldDeny: boolean;
  readonly from: string;
  readonly to: string;
  readonly protocol: Protocol | 'icmp';
  readonly port?: number;
  /** Of the target, as it is written. */
  readonly limit?: string;
  /** The edits of `flip` as a person would make them. */
  readonly advice: readonly Advice[];
}

export interface Advice {
  readonly text: string;
  readonly at?: Position;
}

export function explained(
  cluster: AskedCluster,
  fromText: string,
  toText: string,
  originOf: Origins,
): Explained {
  const target = readTarget(toText);
  if (target.protocol === undefined)
    throw new CliFailure('bad-usage', `${toText}: one connection is explained, so say its port`, {
      hint: 'Write TO:PORT[/PROTO], or TO:icmp. Which ports are open at all: swarmwall can.',
    });
  const written = readPlace(fromText);
  const { allowed, wouldDeny, from, to, protocol = 'tcp', port, limit } = answer(cluster, fromText, toText);
  const asked = { protocol, ...(port !== undefined && { port }) };
  const places = { from: findPlace(cluster, written).place, to: findPlace(cluster, target.place).place };
  const world = written.kind === 'world' || target.place.kind === 'world';
  const anywhere = addressOfWorld(cluster);
  const options = { world, elsewhere: [anywhere] };
  const { egress, ingress, flip: found } = explain(cluster, { ...places, ...asked }, options);
  const flip = found && (from === anywhere || to === anywhere ? found : inWords(found, anywhere));
  const advice = (flip?.edits ?? []).map((edit) => editText(edit, originOf));
  return {
    allowed,
    wouldDeny,
    from,
    to,
    ...asked,
    ...(limit && { limit }),
    egress,
    ingress,
    ...(flip && { flip }),
    advice,
  };
}

/** The address that stands for the world is nobody's to know. */
function inWords(flip: Flip, anywhere: string): Flip {
  if (!flip.pairs) return flip;
  const named = (place: string) => (place === anywhere ? 'world' : place);
  const pairs = flip.pairs.map((pair) => ({ ...pair, from: named(pair.from), to: named(pair.to) }));
  return { ...flip, pairs };
}
