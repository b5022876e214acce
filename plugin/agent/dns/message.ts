import {
  decode,
  encode,
  type Answer,
  type DecodedPacket,
  type Packet,
  RECURSION_DESIRED,
  TRUNCATED_RESPONSE,
} from 'dns-packet';
import { canonicalName, type AnswerRecord } from '../../../rules/dns-egress/follow-answer.ts';

/** DNS messages as far as they are looked at; everything in them is someone else's. */
export interface Question {
  /** In small letters, without the dot at its end. */
  readonly name: string;
  readonly type: string;
}

export interface Query extends Question {
  readonly id: number;
  /** The name as the asker wrote it: some take no answer in other letters. */
  readonly written: string;
  /** The most that the asker takes by UDP. */
  readonly udpSize: number;
}

export type ResponseCode = 'NOERROR' | 'FORMERR' | 'SERVFAIL' | 'NXDOMAIN' | 'REFUSED';

/** What the library gives and its types leave out. */
type Decoded = DecodedPacket & { readonly opcode: string; readonly rcode: string };

const CODES: Readonly<Record<ResponseCode, number>> = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  REFUSED: 5,
};
const HEADER = 12;
/** RFC 1035's, for who does not say more. */
const PLAIN_UDP = 512;
const MOST_UDP = 1232;
const RECURSION_AVAILABLE = 1 << 7;

/** Undefined: no query with one question of the internet's class. */
export function readQuery(message: Buffer): Query | undefined {
  const packet = read(message);
  if (packet?.type !== 'query' || packet.opcode !== 'QUERY') return undefined;
  const question = questionOf(packet);
  if (question === undefined) return undefined;
  const options = packet.additionals?.find(({ type }) => type === 'OPT');
  const said = options?.type === 'OPT' ? options.udpPayloadSize : PLAIN_UDP;
  const written = packet.questions?.[0]?.name ?? question.name;
  return { ...question, written, id: packet.id ?? 0, udpSize: Math.min(MOST_UDP, Math.max(PLAIN_UDP, said)) };
}

export interface Response {
  readonly code: string;
  readonly truncated: boolean;
  readonly records: readonly AnswerRecord[];
}

/** Undefined: not the answer to this question under this id. */
export function readResponse(message: Buffer, id: number, question: Question): Response | undefined {
  const packet = read(message);
  if (packet?.type !== 'response' || packet.id !== id) return undefined;
  const asked = questionOf(packet);
  if (asked?.name !== question.name || asked.type !== question.type) return undefined;
  return {
    code: packet.rcode,
    truncated: packet.flag_tc,
    records: (packet.answers ?? []).flatMap((record) => toRecord(record)),
  };
}

/** A query of our own. */
export function writeQuery(id: number, { name, type }: Question): Buffer {
  return encode({
    type: 'query',
    id,
    flags: RECURSION_DESIRED,
    questions: [{ type: type as 'A', name }],
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: MOST_UDP,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: 0,
        flag_do: false,
        options: [],
      },
    ],
  });
}

/** An answer of our own; by UDP one that is too long says so, and the asker comes again by TCP. */
export function writeResponse(
  { id, written, type, udpSize }: Query,
  code: ResponseCode,
  records: readonly AnswerRecord[],
  transport: 'udp' | 'tcp',
): Buffer {
  const flags = RECURSION_DESIRED | RECURSION_AVAILABLE | CODES[code];
  const base = { type: 'response', id, questions: [{ type: type as 'A', name: written }] } satisfies Packet;
  const whole = encode({
    ...base,
    flags,
    answers: records.map(({ name: owner, type: kind, ttl, data }) => ({
      name: owner,
      type: kind as 'A',
      ttl,
      data,
    })),
  });
  if (transport === 'tcp' || whole.length <= udpSize) return whole;
  return encode({ ...base, flags: flags | TRUNCATED_RESPONSE, answers: [] });
}

/** An answer to what could not be read, when even its id can. */
export function writeUnreadable(message: Buffer): Buffer | undefined {
  if (message.length < HEADER || ((message[2] ?? 0) & 0x80) !== 0) return undefined;
  const response = Buffer.alloc(HEADER);
  response.writeUInt16BE(message.readUInt16BE(0), 0);
  response.writeUInt16BE(0x8000 | CODES.FORMERR, 2);
  return response;
}

/** The same message under another id. */
export function withId(message: Buffer, id: number): Buffer {
  const copy = Buffer.from(message);
  copy.writeUInt16BE(id, 0);
  return copy;
}

function read(message: Buffer): Decoded | undefined {
  if (message.length < HEADER) return undefined;
  try {
    return decode(message) as Decoded;
  } catch {
    return undefined;
  }
}

function questionOf({ questions = [] }: DecodedPacket): Question | undefined {
  const [question, ...others] = questions;
  if (question === undefined || others.length > 0 || (question.class ?? 'IN') !== 'IN') return undefined;
  return { name: canonicalName(question.name), type: question.type };
}

function toRecord(record: Answer): AnswerRecord[] {
  if ((record.type !== 'A' && record.type !== 'CNAME') || (record.class ?? 'IN') !== 'IN') return [];
  return [{ name: record.name, type: record.type, ttl: record.ttl ?? 0, data: record.data }];
}
