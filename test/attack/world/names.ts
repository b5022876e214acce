import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { encode } from 'dns-packet';
import { eventually } from '../../lab/eventually.ts';
import { FULL_KERNEL } from '../../lab/full-kernel.ts';
import type { Lab } from '../../lab/lab.ts';
import type { DnsRecords } from '../../support/dns-authority.ts';
import type { Place } from './place.ts';
import { CLIENT, STRANGER } from './stack.ts';

/** More than a service may have. */
const MANY = Array.from({ length: 1_200 }, (_, at) => `198.18.${String(at >> 8)}.${String(at & 255)}`);

/** By name, for what the attack tries with it. The policy lists api.example.com and *.example.org. */
const names = (node: string): Readonly<Record<string, DnsRecords>> => ({
  'api.example.com': { ttl: 1, addresses: [CLIENT] },
  'other.example': { ttl: 1, addresses: [STRANGER] },
  'tells.example': { ttl: 1, addresses: [CLIENT], besides: { 'api.example.com': STRANGER } },
  'points.example': { ttl: 1, alias: 'api.example.com', besides: { 'api.example.com': STRANGER } },
  'apart.example.org': { ttl: 1, alias: 'lost.example', besides: { 'else.example.org': STRANGER } },
  'rebound.example.org': { ttl: 1, addresses: [node] },
  'huge.example.org': { ttl: 1, addresses: [...MANY, STRANGER] },
});
/** Says of every name what its friend likes. */
const COLLUDING: Readonly<Record<string, DnsRecords>> = {
  'api.example.com': { ttl: 3_600, addresses: [STRANGER] },
};

/** In the virtual machine every program is one file, in the checkout's folder. */
const PROGRAM = FULL_KERNEL
  ? [resolve('test/e2e/outside-dns.mjs')]
  : ['--import', import.meta.resolve('tsx'), join(import.meta.dirname, '../../e2e/outside-dns.ts')];

/** The world's DNS server, at the client's address, and another at the stranger's that lies; returns what ends both. */
export async function serveNames(lab: Lab): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'swarmwall-names-'));
  const serve = async (address: string, records: Readonly<Record<string, DnsRecords>>) => {
    const file = join(folder, `${address}.json`);
    await writeFile(file, JSON.stringify(records));
    const server = await lab.outside.spawn(process.execPath, [...PROGRAM, address, file], `names-${address}`);
    await eventually(() => {
      if (!server.log().includes('serving')) throw new Error(`no DNS server: ${server.tail(5)}`);
    }, 60_000);
    return server;
  };
  const servers = await Promise.all([
    serve(CLIENT, names(lab.nodes[1]!.address)),
    serve(STRANGER, COLLUDING),
  ]);
  return async () => {
    for (const server of servers) await server.stop('SIGKILL');
    await rm(folder, { recursive: true });
  };
}

/** Asks by UDP until something answers, be it a refusal. @throws when nothing does */
export async function ask({ wire }: Place, server: string, name: string): Promise<void> {
  // `say` takes text: no byte of this is above 127.
  const query = encode({
    ...{ type: 'query', id: 0x1234, flags: 0x100 },
    questions: [{ type: 'A', class: 'IN', name }],
  }).toString('latin1');
  const socket = wire.open({ protocol: 'udp', address: server, port: 53 });
  try {
    await eventually(async () => {
      socket.say(query);
      await sleep(100);
      if (socket.heard === '') throw new Error(`${server} says nothing of ${name}`);
    });
  } finally {
    socket.close();
  }
}
