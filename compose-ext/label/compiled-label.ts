import { createHash } from 'node:crypto';
import type { Position } from '../diagnostic.ts';
import type { ComposeFile, ComposeService } from '../load/compose-file.ts';
import type { Direction, Peer, Policy, PolicyRule } from '../policy-model.ts';
import { parseCidr } from '../syntax/cidr.ts';
import {
  compiledSchema,
  MAX_COMPILED_LENGTH,
  type CompiledLabel,
  type CompiledOrigins,
  type CompiledPeer,
  type CompiledPolicy,
  type CompiledRule,
  type Place,
} from './compiled-schema.ts';

export type { CompiledLabel };

export function textHash(text: string): string {
  // 12 hex digits: it tells an edited label from the one compiled, no more.
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

/** The label of one service; `policies` are those of x-swarmwall that select it. */
export function compileLabel(
  file: ComposeFile,
  service: ComposeService,
  policies: readonly Policy[],
): CompiledLabel {
  const { labels, nameLabel, defaults, mode, dns } = file.settings;
  const files: string[] = [];
  const placeOf = createPlaces(file.file, files);
  const origins = (direction: Direction): Partial<Record<Direction, CompiledOrigins>> => {
    const annotation = service.annotations[direction];
    if (annotation === undefined) return {};
    const entries = annotation.entryOrigins.map(placeOf);
    return { [direction]: { hash: textHash(annotation.text), label: placeOf(annotation.origin), entries } };
  };
  const at = { ...origins('ingress'), ...origins('egress') };
  const packed = policies.map((policy) => packPolicy(policy, file.stack, placeOf));
  return {
    v: 1,
    file: file.file,
    ...(files.length > 0 ? { files } : {}),
    stack: file.stack,
    service: service.name,
    settings: { labels, ...(nameLabel === false && { nameLabel }), defaults, mode, ...(dns && { dns }) },
    at,
    policies: packed,
    labels: service.containerLabels,
    ports: service.ports.filter(({ name }) => name !== undefined),
  };
}

/** The label's value, or why it is none: live labels are hostile until checked. */
export function parseCompiledLabel(text: string): CompiledLabel | string {
  if (text.length > MAX_COMPILED_LENGTH) return `it has more than ${MAX_COMPILED_LENGTH} characters`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'it is not JSON';
  }
  const { error } = compiledSchema.validate(value, { convert: false });
  if (error !== undefined) return error.message;
  const label = value as CompiledLabel;
  const blocks = label.policies
    .flatMap(({ ingress, egress }) => [...ingress, ...egress])
    .flatMap(({ peers }) =>
      peers.flatMap((peer) => (peer.kind === 'ipBlock' ? [peer.cidr, ...peer.except] : [])),
    );
  const broken = blocks.find((block) => parseCidr(block)?.text !== block);
  return broken === undefined ? label : `"${broken}" is not an address block`;
}

/** The carried policies as policies of the service they were found on, whatever the label says. */
export function unpackPolicies(label: CompiledLabel, stack: string, service: string): Policy[] {
  const position = (at: Place): Position => positionOf(label, at);
  const unpackRule = ({ peers, ports, at }: CompiledRule): PolicyRule => ({
    peers: peers.map((peer): Peer =>
      peer.kind === 'service' ? { ...peer, stack: peer.stack ?? stack } : peer,
    ),
    ports,
    origin: position(at),
  });
  return label.policies.map(({ name, at, directions, ingress, egress }) => ({
    name,
    stack,
    target: { kind: 'service', service },
    directions,
    ingress: ingress.map(unpackRule),
    egress: egress.map(unpackRule),
    origin: position(at),
  }));
}

/** Two labels that say the same of different places: then the older places are kept, see `compile`. */
export function saysTheSame(a: CompiledLabel, b: CompiledLabel): boolean {
  return JSON.stringify(withoutPlaces(a)) === JSON.stringify(withoutPlaces(b));
}

function withoutPlaces(label: CompiledLabel): unknown {
  const rules = (list: readonly CompiledRule[]) => list.map(({ peers, ports }) => [peers, ports]);
  return [
    label.stack,
    label.service,
    label.settings,
    [label.at.ingress?.hash, label.at.egress?.hash],
    label.policies.map(({ name, directions, ingress, egress }) => [
      name,
      directions,
      rules(ingress),
      rules(egress),
    ]),
    label.labels,
    label.ports,
  ];
}

function packPolicy(
  { name, directions, ingress, egress, origin }: Policy,
  stack: string,
  placeOf: PlaceOf,
): CompiledPolicy {
  const packRule = ({ peers, ports, origin: at }: PolicyRule): CompiledRule => ({
    peers: peers.map((peer) => packPeer(peer, stack)),
    ports,
    at: placeOf(at),
  });
  return {
    name,
    at: placeOf(origin),
    directions,
    ingress: ingress.map(packRule),
    egress: egress.map(packRule),
  };
}

function packPeer(peer: Peer, stack: string): CompiledPeer {
  return peer.kind === 'service' && peer.stack === stack ? { kind: 'service', service: peer.service } : peer;
}

type PlaceOf = (position: Position) => Place;

/** Places in other files than the first; the names of these go into `files`. */
function createPlaces(first: string, files: string[]): PlaceOf {
  return ({ file, line, column }) => {
    if (file === first) return [line, column];
    if (!files.includes(file)) files.push(file);
    return [line, column, files.indexOf(file)];
  };
}

/** A place in a live label, whose files may be too few. */
export function positionOf({ file, files = [] }: CompiledLabel, [line, column, index]: Place): Position {
  return { file: index === undefined ? file : (files[index] ?? file), line, column };
}
