import type { ServiceKey } from '../../../compose-ext/policy-model.ts';
import {
  boundedTtl,
  canonicalName,
  followAnswer,
  type AnswerRecord,
} from '../../../rules/dns-egress/follow-answer.ts';
import { isListed } from '../../../rules/dns-egress/lease-keys.ts';
import type { EdgeNames } from '../../../rules/network-policy.ts';
import { asFault } from '../../fault.ts';
import type { Clock } from '../../process/clock.ts';
import type { Transport, Upstream } from './ask-upstream.ts';
import type { Lease } from './lease-book.ts';
import {
  type Query,
  readQuery,
  type ResponseCode,
  writeQuery,
  writeResponse,
  writeUnreadable,
} from './message.ts';
import type { QueryLog } from './query-log.ts';

/** Whose query it is. */
export interface Asker {
  readonly service: ServiceKey;
  readonly names: EdgeNames;
}

/** Milliseconds. */
export interface LeaseTimes {
  /** An address is let pass at least this long, */
  readonly least: number;
  /** nobody is told that he may remember one longer than this, */
  readonly most: number;
  /** and each passes for this much longer than it may be remembered. */
  readonly grace: number;
}

export interface ResolverOptions {
  readonly upstream: Upstream;
  readonly clock: Clock;
  readonly times: LeaseTimes;
  readonly queries: QueryLog;
  readonly asker: (address: string) => Asker | undefined;
  /** Of services without servers of their own. */
  readonly servers: () => readonly string[];
  /** Whether a name may lead there at all. */
  readonly reachable: (address: string) => boolean;
  /** Resolves when the kernel lets them pass. @throws Fault */
  readonly grant: (leases: readonly Lease[]) => Promise<void>;
}

export interface Resolver {
  answer(message: Buffer, client: string, transport: Transport): Promise<Buffer | undefined>;
  /** Asks for a listed name itself. When the first of its addresses should be asked for again. */
  renew(asker: Asker, name: string): Promise<number>;
}

const MOST_UNDER_WAY = 512;
const MOST_UNDER_WAY_EACH = 128;
const MOST_ADDRESSES = 64;
const SECOND = 1_000;
/** Of a listed name nothing may tell addresses but A: what else does so would not pass. */
const OTHER_ADDRESSES = new Set(['AAAA', 'UNKNOWN_64', 'UNKNOWN_65', 'SVCB', 'HTTPS', 'A6', 'ANY']);
const CODES = new Set<string>(['NXDOMAIN', 'SERVFAIL', 'REFUSED', 'FORMERR'] satisfies ResponseCode[]);

/**
 * Answers the tasks' queries. The servers are those that the service's author or the node's chose, never the one that the
 * task sent its query to: a task could send it to one that says what the task wants.
 */
export function createResolver(options: ResolverOptions): Resolver {
  const { upstream, clock, times, queries } = options;
  const underWay = new Map<ServiceKey, number>();
  let allUnderWay = 0;

  const serversOf = ({ names }: Asker) => names.resolvers ?? options.servers();

  /** Of a listed name: asks, and lets pass what may. */
  async function resolve(asker: Asker, query: Pick<Query, 'id' | 'name' | 'type'>) {
    const { name } = query;
    const asked = writeQuery(query.id, query);
    let found = await upstream.ask(serversOf(asker), asked, query, 'udp');
    if (found.response.truncated) found = await upstream.ask(serversOf(asker), asked, query, 'tcp');
    const { code, records } = found.response;
    const { aliases, addresses } = followAnswer(name, records);
    const told = (record: AnswerRecord) => ({ ...record, ttl: boundedTtl(record.ttl, times.most / SECOND) });
    const passing = addresses
      .filter(({ data }) => options.reachable(data))
      .slice(0, MOST_ADDRESSES)
      .map(told);
    const now = clock.elapsed();
    const leases = passing.map(({ data, ttl }) => ({
      service: asker.service,
      name,
      address: data,
      until: now + Math.max(ttl * SECOND, times.least) + times.grace,
    }));
    await options.grant(leases);
    return {
      code: CODES.has(code) ? (code as ResponseCode) : ('NOERROR' as const),
      records: [...aliases.map(told), ...passing],
      leases,
      withheld: addresses.length - passing.length,
    };
  }

  async function listed(asker: Asker, query: Query, transport: Transport): Promise<Buffer> {
    const { service } = asker;
    const { name, type } = query;
    if (type !== 'A') {
      queries.write({ service, name, type, verdict: 'listed' });
      return writeResponse(query, 'NOERROR', [], transport);
    }
    const { code, records, leases, withheld } = await resolve(asker, query);
    queries.write({
      ...{ service, name, type, verdict: 'listed', addresses: leases.map(({ address }) => address) },
      ...(withheld > 0 && { why: `${withheld} of its addresses are none that a name may lead to` }),
    });
    return writeResponse(query, code, records, transport);
  }

  async function judge(message: Buffer, asker: Asker, query: Query, transport: Transport) {
    const { service, names } = asker;
    const { name, type } = query;
    const isNamed = isListed(names, name);
    if (isNamed && (type === 'A' || OTHER_ADDRESSES.has(type))) return listed(asker, query, transport);
    if (!isNamed && names.strict) {
      queries.write({ service, name, type, verdict: 'refused' });
      return writeResponse(query, 'REFUSED', [], transport);
    }
    const { message: answer } = await upstream.ask(serversOf(asker), message, query, transport);
    queries.write({ service, name, type, verdict: isNamed ? 'listed' : 'unlisted' });
    return answer;
  }

  return {
    answer: async (message, client, transport) => {
      const asker = options.asker(client);
      if (asker === undefined) return undefined;
      const { service } = asker;
      const query = readQuery(message);
      if (query === undefined) return writeUnreadable(message);
      const own = underWay.get(service) ?? 0;
      if (allUnderWay >= MOST_UNDER_WAY || own >= MOST_UNDER_WAY_EACH) return undefined;
      allUnderWay += 1;
      underWay.set(service, own + 1);
      try {
        return await judge(message, asker, query, transport);
      } catch (error) {
        const { name, type } = query;
        queries.write({ service, name, type, verdict: 'failed', why: asFault(error).message });
        return writeResponse(query, 'SERVFAIL', [], transport);
      } finally {
        allUnderWay -= 1;
        const left = (underWay.get(service) ?? 1) - 1;
        if (left > 0) underWay.set(service, left);
        else underWay.delete(service);
      }
    },
    renew: async (asker, written) => {
      const name = canonicalName(written);
      const { leases } = await resolve(asker, { id: 0, name, type: 'A' });
      const first = Math.min(...leases.map(({ until }) => until - times.grace));
      return Number.isFinite(first) ? first : clock.elapsed() + times.least;
    },
  };
}
