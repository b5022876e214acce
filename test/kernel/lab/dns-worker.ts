import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { decode, encode, RECURSION_DESIRED } from 'dns-packet';
import { framed, unframe } from '../../../plugin/agent/dns/ask-upstream.ts';
import { createBridgePolicy } from '../../../plugin/agent/bridges/bridge-policy.ts';
import { leaseFile } from '../../../plugin/agent/dns/lease-file.ts';
import { guardNames } from '../../../plugin/agent/dns/names-guard.ts';
import type { Enforcer } from '../../../plugin/agent/enforcer.ts';
import { holdPolicy, type HeldPolicy } from '../../../plugin/agent/held-policy.ts';
import type { LocalFacts } from '../../../plugin/agent/local-facts.ts';
import { hostNamespace } from '../../../plugin/kernel/namespace.ts';
import { silentLog } from '../../../plugin/log.ts';
import { systemClock } from '../../../plugin/process/clock.ts';
import { followProcess } from '../../../plugin/process/follow.ts';
import { runProcess } from '../../../plugin/process/run.ts';
import type { NetworkPolicy } from '../../../rules/network-policy.ts';
import { type DnsRecords, serveDns } from '../../support/dns-authority.ts';
import { localFacts, localGateway, localOverlay } from '../../support/local-facts.ts';
import type { DnsAnswer, DnsRequest } from './dns-worker-protocol.ts';

/** A process in a namespace: a DNS server, a program that asks one, or the agent's enforcer of names. */
const PATIENCE = 8_000;
let records: Readonly<Record<string, DnsRecords>> = {};
const asked = new Map<string, number>();
let enforcer: Enforcer | undefined;
let applied: readonly [HeldPolicy, LocalFacts] | undefined;

process.on('message', ({ id, ...request }: DnsRequest & { id: number }) => {
  perform(request)
    .then((value) => ({ id, value }))
    .catch((error: unknown) => ({ id, error: String(error) }))
    .then((reply) => process.send?.(reply))
    .catch(() => process.exit(1));
});
process.on('disconnect', () => process.exit(0));

function count(name: string): void {
  asked.set(name, (asked.get(name) ?? 0) + 1);
}

async function perform(request: DnsRequest): Promise<unknown> {
  switch (request.do) {
    case 'serve':
      await serveDns({ address: '0.0.0.0', records: () => records, onQuery: count });
      return true;
    case 'records':
      records = request.records;
      return true;
    case 'asked':
      return asked.get(request.name) ?? 0;
    case 'resolve':
      return resolveBy(request);
    case 'guard':
      return guard(request);
    case 'distrust':
      enforcer?.distrust();
      if (applied) await enforcer?.apply(...applied);
      return true;
  }
}

function resolveBy({ server, name, type = 'A', transport }: Extract<DnsRequest, { do: 'resolve' }>) {
  const id = randomInt(2 ** 16);
  const query = encode({
    type: 'query',
    id,
    flags: RECURSION_DESIRED,
    questions: [{ type: type as 'A', name }],
  });
  return new Promise<DnsAnswer>((resolve) => {
    const end = (answer: DnsAnswer) => {
      clearTimeout(timer);
      close();
      resolve(answer);
    };
    const timer = setTimeout(() => {
      end({ code: 'TIMEOUT', addresses: [], ttls: [] });
    }, PATIENCE);
    const hear = (message: Buffer) => {
      const response = decode(message) as ReturnType<typeof decode> & { rcode: string };
      const found = (response.answers ?? []).flatMap((each) => (each.type === 'A' ? [each] : []));
      end({
        code: response.id === id ? response.rcode : 'WRONG ID',
        addresses: found.map(({ data }) => data).sort(),
        ttls: found.map(({ ttl }) => ttl ?? 0),
      });
    };
    let close: () => void;
    if (transport === 'udp') {
      const socket = createSocket('udp4');
      socket.on('message', hear);
      socket.send(query, 53, server);
      close = () => socket.close();
    } else {
      const stream = connect(53, server, () => stream.write(framed(query)));
      const feed = unframe(65_535);
      stream.on('error', () => stream.destroy());
      stream.on('data', (data) => (feed(data) ?? []).forEach(hear));
      close = () => stream.destroy();
    }
  });
}

async function guard({ edges, tasks, folder, leastMilliseconds }: Extract<DnsRequest, { do: 'guard' }>) {
  enforcer ??= guardNames({
    host: hostNamespace(runProcess),
    follow: followProcess,
    clock: systemClock,
    log: silentLog(),
    file: leaseFile(folder, systemClock, silentLog()),
    port: 7953,
    times: { least: leastMilliseconds, most: 3_600_000, grace: 0 },
    bridges: createBridgePolicy(),
    onDrift: () => undefined,
    onDirty: () => undefined,
  });
  applied = [policyOf(edges, tasks), factsOf(tasks)];
  await enforcer.apply(...applied);
  return true;
}

const NETWORK = { id: 'n1', name: 'net', subnets: ['10.77.0.0/24'], encrypted: false, ingress: false };
const overlayAddress = (index: number) => `10.77.0.${10 + index}`;

function policyOf(
  edges: Extract<DnsRequest, { do: 'guard' }>['edges'],
  tasks: Readonly<Record<string, string>>,
) {
  const services = Object.keys(tasks);
  const network: NetworkPolicy = {
    network: NETWORK,
    endpoints: Object.fromEntries(
      services.map((service, index) => [overlayAddress(index), { kind: 'service', service }]),
    ),
    services: {},
    allows: {},
  };
  const policy = holdPolicy(undefined);
  policy.take(
    {
      type: 'snapshot',
      revision: 1,
      policy: {
        ...policy.whole(),
        networks: { n1: network },
        tasks: Object.fromEntries(services.map((service, index) => [`t${index}`, service])),
        edges,
      },
    },
    new Set(),
  );
  return policy;
}

function factsOf(tasks: Readonly<Record<string, string>>): LocalFacts {
  const containers = Object.values(tasks).map((address, index) => ({
    address,
    container: `c${index}`,
    task: `t${index}`,
  }));
  const endpoints = containers.map(({ container, task }, index) => ({
    ...{ container, task, address: overlayAddress(index) },
  }));
  return localFacts({
    overlays: [localOverlay({ network: NETWORK, file: '1-n1', endpoints })],
    gateway: localGateway({
      subnets: ['172.30.0.0/24'],
      addresses: new Map(containers.map(({ container, address }) => [container, address])),
    }),
  });
}
