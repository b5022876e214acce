import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { type Answer, decode, encode } from 'dns-packet';
import { framed, unframe } from '../../plugin/agent/dns/ask-upstream.ts';

export interface DnsRecords {
  readonly ttl: number;
  readonly addresses?: readonly string[];
  readonly alias?: string;
  /** What it says besides, of names that nobody asked for: address by name. */
  readonly besides?: Readonly<Record<string, string>>;
}

export interface DnsAuthority {
  readonly address: string;
  /** By name, in small letters; asked at each query. */
  readonly records: () => Readonly<Record<string, DnsRecords>>;
  readonly onQuery?: (name: string) => void;
}

const DNS_PORT = 53;
/** Bytes that it says by UDP, few enough for a test to go beyond. */
const MOST_UDP = 400;
const TRUNCATED = 0x200;
const NXDOMAIN = 3;

/** A real DNS server, UDP and TCP, until the process ends. */
export async function serveDns({ address, records, onQuery }: DnsAuthority): Promise<void> {
  const answer = (message: Buffer, transport: 'udp' | 'tcp'): Buffer => {
    const { id = 0, questions = [] } = decode(message);
    const name = (questions[0]?.name ?? '').toLowerCase();
    onQuery?.(name);
    const all = records();
    const base = { type: 'response', id, questions } as const;
    if (!(name in all)) return encode({ ...base, flags: NXDOMAIN });
    const whole = encode({ ...base, answers: questions[0]?.type === 'A' ? answersOf(name, all) : [] });
    return transport === 'udp' && whole.length > MOST_UDP ? encode({ ...base, flags: TRUNCATED }) : whole;
  };
  const udp = createSocket('udp4');
  udp.on('message', (message, from) => {
    udp.send(answer(message, 'udp'), from.port, from.address);
  });
  const tcp = createServer((stream) => {
    const feed = unframe(4096);
    stream.on('error', () => stream.destroy());
    stream.on('data', (data) => {
      for (const message of feed(data) ?? []) stream.write(framed(answer(message, 'tcp')));
    });
  });
  await new Promise<void>((resolve) => tcp.listen(DNS_PORT, address, resolve));
  await new Promise<void>((resolve) => udp.bind(DNS_PORT, address, resolve));
}

/** With the aliases on the way to the addresses. */
function answersOf(name: string, all: Readonly<Record<string, DnsRecords>>): Answer[] {
  const answers: Answer[] = [];
  for (let at: string | undefined = name; at !== undefined;) {
    const owner: string = at;
    const { ttl = 0, alias, addresses = [], besides = {} }: Partial<DnsRecords> = all[owner] ?? {};
    if (alias !== undefined) answers.push({ type: 'CNAME', name: owner, ttl, data: alias });
    for (const data of addresses) answers.push({ type: 'A', name: owner, ttl, data });
    for (const [other, data] of Object.entries(besides)) answers.push({ type: 'A', name: other, ttl, data });
    at = alias;
  }
  return answers;
}
