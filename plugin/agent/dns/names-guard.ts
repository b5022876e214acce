import type { ServiceKey } from '../../../compose-ext/policy-model.ts';
import type { DockerUserInput } from '../../../rules/docker-user/docker-user.ts';
import { dnsProgram } from '../../../rules/dns-egress/dns-program.ts';
import { isListed } from '../../../rules/dns-egress/lease-keys.ts';
import { DNS_SETS, DNS_TABLE } from '../../../rules/dns-egress/names.ts';
import { createReachable } from '../../../rules/dns-egress/reachable.ts';
import { type Config, TIMES } from '../../config.ts';
import { asFault, Fault } from '../../fault.ts';
import type { Namespace } from '../../kernel/namespace.ts';
import type { Log } from '../../log.ts';
import type { Clock } from '../../process/clock.ts';
import type { Follow } from '../../process/follow.ts';
import { createRunner } from '../../process/runner.ts';
import type { BridgePolicy } from '../bridges/bridge-policy.ts';
import { withBridges } from '../bridges/with-bridges.ts';
import type { Enforcer } from '../enforcer.ts';
import { inputOf } from '../docker-user-guard.ts';
import type { HeldPolicy } from '../held-policy.ts';
import type { LocalFacts } from '../local-facts.ts';
import { guardTable } from '../table-guard.ts';
import { createUpstream, type Upstream } from './ask-upstream.ts';
import { createDnsServer } from './dns-server.ts';
import { createLeaseBook, type Lease, type LeaseBook } from './lease-book.ts';
import type { LeaseFile } from './lease-file.ts';
import { createLeaseSets } from './lease-sets.ts';
import { readNodeResolvers } from './node-resolvers.ts';
import { createQueryLog } from './query-log.ts';
import { createRenewals } from './renewals.ts';
import { type Asker, createResolver, type LeaseTimes } from './resolver.ts';
import { mayGoOn, type NamedService, wantedElements } from './wanted-elements.ts';

export interface NamesGuardOptions {
  readonly host: Namespace;
  readonly follow: Follow;
  readonly clock: Clock;
  readonly log: Log;
  readonly file: LeaseFile;
  /** Of the node's own networks. */
  readonly bridges: BridgePolicy;
  readonly port: number;
  readonly times: LeaseTimes;
  readonly upstream?: Upstream;
  readonly onDrift: (what: string) => void;
  readonly onDirty: () => void;
}

export function namesSettings({
  dnsPort,
  dnsLeastSeconds,
  dnsMostSeconds,
  dnsGraceSeconds,
}: Config): Pick<NamesGuardOptions, 'port' | 'times'> {
  return {
    port: dnsPort,
    times: { least: dnsLeastSeconds * 1_000, most: dnsMostSeconds * 1_000, grace: dnsGraceSeconds * 1_000 },
  };
}

const NAME = 'DNS names';
/** How often ended leases without a connection are forgotten. */
const SWEEP = 60_000;
const FILLED = Object.values(DNS_SETS).filter((set) => set !== DNS_SETS.tasks);

/** Egress by DNS name: the table, the resolver, and what it let pass, in step with policy and tasks. */
export function guardNames(options: NamesGuardOptions): Enforcer {
  const { host, clock, log } = options;
  const sets = createLeaseSets(host, clock);
  const queries = createQueryLog(log, clock);
  const table = guardTable({
    ...options,
    ...{ name: NAME, table: DNS_TABLE, namespace: host },
    besides: new RegExp(` ${DNS_TABLE} (${FILLED.join('|')}) `),
    onDirty: () => {
      distrust();
      options.onDirty();
    },
  });
  let book: LeaseBook | undefined;
  let named = new Map<ServiceKey, NamedService>();
  let askers = new Map<string, Asker>();
  let servers: readonly string[] = [];
  let reachable: (address: string) => boolean = () => false;
  let input = '';
  let suspect = true;
  let failed = false;
  let stopped = false;
  let last: Promise<unknown> = Promise.resolve();

  function distrust(): void {
    suspect = true;
    sets.distrust();
  }

  /** The kernel's sets are changed by one caller at a time. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = last.then(work, work);
    last = done.catch(() => undefined);
    return done;
  }

  const held = async (): Promise<LeaseBook> => (book ??= createLeaseBook(await readLeases()));

  /** Somebody may have set the time since they were written: none is longer than a new one would be. */
  async function readLeases(): Promise<readonly Lease[]> {
    const most = clock.elapsed() + options.times.most + options.times.grace;
    return (await options.file.read()).map((lease) => ({ ...lease, until: Math.min(lease.until, most) }));
  }

  async function grant(leases: readonly Lease[]): Promise<void> {
    const [first] = leases;
    if (first === undefined) return;
    await inTurn(async () => {
      const service = named.get(first.service);
      // Asked for before the policy changed.
      if (!service || !isListed(service.names, first.name))
        throw new Fault('kernel-refused', `${first.name} is not listed any more`);
      const leaseBook = await held();
      const known = leaseBook.of(first.service).length;
      if (!leaseBook.grant(leases))
        throw new Fault('kernel-refused', `${first.service} has too many names or addresses`);
      await sets.add(wantedElements(service, leases, clock.elapsed()));
      // What a restarted agent doesn't know it takes away: a new address is on disk before anybody connects to it.
      if (leaseBook.of(first.service).length > known) await save();
    });
    saver.mark();
    renewals.see(first.service, first.name, first.until - options.times.grace);
  }

  const resolver = createResolver({
    upstream: options.upstream ?? createUpstream(clock),
    ...{ clock, queries, grant, times: options.times },
    asker: (address) => askers.get(address),
    servers: () => servers,
    reachable: (address) => reachable(address),
  });
  const renewals = createRenewals({
    clock,
    renew: async (service, name) => {
      const found = named.get(service);
      if (!found?.names.rules.some((rule) => rule.name === name)) return undefined;
      return resolver.renew(found, name);
    },
    onError: (service, name, error) => {
      log.info({ service, name, why: asFault(error).message }, 'DNS name not renewed yet');
    },
    retry: options.times.least,
  });
  const server = createDnsServer({ port: options.port, answer: resolver.answer });
  const saver = createRunner({
    clock,
    minInterval: TIMES.stateMinInterval,
    resync: SWEEP,
    retryFirst: TIMES.retryFirst,
    retryMost: TIMES.retryMost,
    run: async () => options.file.write((await held()).all()),
    onError: unsaved,
  });

  function unsaved(error: unknown): void {
    log.warn({ why: asFault(error).message }, 'leases of DNS names not saved');
  }

  async function save(): Promise<void> {
    await options.file.write((await held()).all()).catch(unsaved);
  }

  /** What policy or tasks no longer allow goes at once, and the connections made under it. */
  async function settle(changed: boolean): Promise<void> {
    const leaseBook = await held();
    leaseBook.keep(({ service, name, address }) => {
      const found = named.get(service);
      return found !== undefined && isListed(found.names, name) && reachable(address);
    });
    const now = clock.elapsed();
    const wanted = [...named.values()].flatMap((service) => [
      ...wantedElements(service, leaseBook.of(service.service), now),
    ]);
    const { removed } = await sets.replace(new Map(wanted));
    if (removed > 0 && !changed) options.onDrift(`${NAME}: ${removed} foreign elements removed`);
    await sweep(leaseBook);
  }

  /** Cuts connections that no name allows, and forgets ended leases that none needs. */
  async function sweep(leaseBook: LeaseBook): Promise<void> {
    const flows = await sets.flows();
    const byTask = new Map([...named.values()].flatMap((each) => each.tasks.map((task) => [task, each])));
    const needed = new Set<string>();
    const cut = flows.filter((flow) => {
      const service = byTask.get(flow.task);
      if (!service || !mayGoOn(service, leaseBook.of(service.service), flow)) return true;
      needed.add(`${service.service} ${flow.address}`);
      return false;
    });
    await sets.cut(cut);
    const now = clock.elapsed();
    leaseBook.keep(({ service, address, until }) => until > now || needed.has(`${service} ${address}`));
  }

  function sweepLater(): void {
    clock.after(SWEEP, () => {
      if (stopped) return;
      if (named.size > 0 && book)
        void inTurn(() => sweep(book as LeaseBook)).catch((error: unknown) => {
          log.info({ why: asFault(error).message }, 'connections by DNS name not looked at');
        });
      sweepLater();
    });
  }

  async function adopt(policy: HeldPolicy, facts: LocalFacts): Promise<void> {
    const here = withBridges(inputOf(policy, facts), options.bridges);
    const services = namedServices(here);
    const nets = [
      ...here.gatewaySubnets,
      ...facts.overlays.flatMap(({ network }) => network.subnets),
      ...policy.networkIds().flatMap((id) => policy.network(id)?.network.subnets ?? []),
    ];
    const { metadataAddresses = [] } = policy.settings;
    const now = JSON.stringify([services, nets, policy.nodeAddresses, metadataAddresses]);
    const changed = now !== input;
    if (!changed && !suspect) return;
    suspect = false;
    if (services.length > 0) servers = await readNodeResolvers();
    await inTurn(async () => {
      named = new Map(services.map((each) => [each.service, each]));
      askers = new Map(services.flatMap((each) => each.tasks.map((task) => [task, each])));
      const { nodeAddresses } = policy;
      reachable = createReachable({ clusterNets: nets, nodeAddresses, metadataAddresses });
      const tasks = [...askers.keys()];
      if (tasks.length > 0) await server.start();
      await table.apply(tasks.length > 0 ? [dnsProgram({ tasks, resolverPort: options.port })] : []);
      if (tasks.length > 0) await settle(changed);
      else server.stop();
    });
    renewals.keep(
      (service, name) => named.get(service)?.names.rules.some((rule) => rule.name === name) === true,
    );
    if (changed) {
      for (const { service, name, until } of book?.all() ?? [])
        renewals.see(service, name, until - options.times.grace);
      saver.mark();
    }
    input = now;
  }

  sweepLater();
  return {
    distrust: () => {
      distrust();
      table.distrust();
    },
    apply: async (policy, facts) => {
      if (facts === undefined || !(policy.known || options.bridges.edges.size > 0)) return;
      try {
        await adopt(policy, facts);
        failed = false;
      } catch (error) {
        failed = true;
        distrust();
        throw error;
      }
    },
    health: () =>
      table.health().map((health) => ({
        ...health,
        ...(failed && { state: 'failed' as const }),
        entries: book?.all().length ?? 0,
        denied: queries.refused,
      })),
    stop: () => {
      stopped = true;
      renewals.stop();
      server.stop();
      table.stop();
      void saver.stop();
    },
  };
}

function namedServices({ tasks: here, edges }: DockerUserInput): readonly NamedService[] {
  const tasks = new Map<ServiceKey, string[]>();
  for (const { service, address } of here)
    if (edges[service]?.names) tasks.set(service, [...(tasks.get(service) ?? []), address]);
  return [...tasks].flatMap(([service, addresses]) => {
    const names = edges[service]?.names;
    return names ? [{ service, names, tasks: addresses }] : [];
  });
}
