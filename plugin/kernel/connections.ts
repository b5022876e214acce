import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Namespace } from './namespace.ts';
import type { SocketEnd } from './tcp-sockets.ts';

/** A TCP connection, by who opened it. */
export interface Connection {
  readonly client: SocketEnd;
  readonly server: SocketEnd;
}

/** One that conntrack knows: as its client sent it, and as its server answers, which is another where addresses are translated. */
export interface TrackedConnection {
  readonly sent: Connection;
  readonly answered: Connection;
}

/** Linux's default of `nf_conntrack_tcp_timeout_established`, in seconds. */
const ESTABLISHED_FOR = 432_000;

/** What conntrack knows of TCP in a namespace. @throws Fault `process-failed`, `process-missing` */
export async function listConnections(namespace: Namespace): Promise<readonly TrackedConnection[]> {
  const lists = await Promise.all(
    ['ipv4', 'ipv6'].map((family) => namespace.run('conntrack', ['-L', '-p', 'tcp', '-f', family])),
  );
  return lists.flatMap(({ stdout }) => parseConnections(stdout));
}

/** The lines of `conntrack -L -p tcp`. */
export function parseConnections(text: string): readonly TrackedConnection[] {
  return text.split('\n').flatMap((line) => {
    const [sent, back] = [...line.matchAll(/\bsrc=(\S+) dst=(\S+) sport=(\d+) dport=(\d+)/g)].map(
      ([, source = '', destination = '', from = '', to = '']) => ({
        client: { address: source, port: Number(from) },
        server: { address: destination, port: Number(to) },
      }),
    );
    if (sent === undefined || back === undefined) return [];
    return [{ sent, answered: { client: back.server, server: back.client } }];
  });
}

/**
 * Makes conntrack know connections that began before it looked, from whom to whom: who speaks next may be the server.
 * What it knows already stays as it is.
 * @throws Fault `process-failed`, `process-missing`
 */
export async function trackConnections(
  namespace: Namespace,
  connections: readonly Connection[],
): Promise<void> {
  const known = new Set((await listConnections(namespace)).map(({ sent }) => undirected(sent)));
  const lines = connections.flatMap((connection) => {
    // One that is named twice would end the whole.
    if (known.has(undirected(connection))) return [];
    known.add(undirected(connection));
    return [lineOf(connection)];
  });
  if (lines.length === 0) return;
  // It opens its input anew, which cannot be done with the socket that Node gives a child.
  const folder = await mkdtemp(join(tmpdir(), 'swarmwall-connections-'));
  try {
    const file = join(folder, 'list');
    await writeFile(file, lines.join(''));
    await namespace.run('conntrack', ['-R', file]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function lineOf({ client, server }: Connection): string {
  return `${[
    ...['-I', '-p', 'tcp'],
    ...['-s', client.address, '-d', server.address],
    ...['--sport', String(client.port), '--dport', String(server.port)],
    ...['--state', 'ESTABLISHED', '-u', 'SEEN_REPLY,ASSURED', '-t', String(ESTABLISHED_FOR)],
  ].join(' ')}\n`;
}

function undirected({ client, server }: Connection): string {
  return [client, server]
    .map(({ address, port }) => `${address} ${port}`)
    .sort()
    .join(' ');
}
