import { createSocket, type Socket } from 'node:dgram';
import { createServer, type Server, type Socket as Stream } from 'node:net';
import { Fault } from '../../fault.ts';
import { framed, type Transport, unframe } from './ask-upstream.ts';

export interface DnsServerOptions {
  readonly port: number;
  /** Undefined: nothing is answered. `client` is an IPv4 address. */
  readonly answer: (query: Buffer, client: string, transport: Transport) => Promise<Buffer | undefined>;
}

export interface DnsServer {
  /** @throws Fault `listen-failed` */
  start(): Promise<void>;
  stop(): void;
}

const MOST_QUERY = 4_096;
const MOST_STREAMS = 256;
const MOST_STREAMS_EACH = 32;
const IDLE = 10_000;

/** Hears queries on every address of the machine: the table of rules/dns-egress lets only those come that it is there for. */
export function createDnsServer({ port, answer }: DnsServerOptions): DnsServer {
  let datagrams: Socket | undefined;
  let streams: Server | undefined;
  const open = new Map<Stream, string>();

  function hearDatagrams(socket: Socket): void {
    socket.on('message', (query, { address, port: from }) => {
      if (query.length > MOST_QUERY) return;
      void answer(query, address, 'udp').then((response) => {
        if (response && socket === datagrams) socket.send(response, from, address);
      });
    });
  }

  function hearStream(stream: Stream): void {
    const client = (stream.remoteAddress ?? '').replace('::ffff:', '');
    const others = [...open.values()].filter((each) => each === client).length;
    if (open.size >= MOST_STREAMS || others >= MOST_STREAMS_EACH) {
      stream.destroy();
      return;
    }
    open.set(stream, client);
    stream.setTimeout(IDLE, () => stream.destroy());
    stream.on('error', () => stream.destroy());
    stream.on('close', () => open.delete(stream));
    const feed = unframe(MOST_QUERY);
    let last = Promise.resolve();
    stream.on('data', (data) => {
      const queries = feed(data);
      if (queries === undefined) {
        stream.destroy();
        return;
      }
      // One after the other: a client that sends many waits for itself.
      for (const query of queries)
        last = last.then(async () => {
          if (stream.destroyed) return;
          const response = await answer(query, client, 'tcp');
          if (response) stream.write(framed(response));
          else stream.destroy();
        });
    });
  }

  function stop(): void {
    datagrams?.close();
    streams?.close();
    for (const stream of open.keys()) stream.destroy();
    datagrams = streams = undefined;
  }

  return {
    start: async () => {
      if (datagrams) return;
      const [udp, tcp] = [createSocket('udp4'), createServer(hearStream)];
      try {
        await listening(tcp, () => tcp.listen(port, '0.0.0.0'));
        await listening(udp, () => udp.bind(port, '0.0.0.0'));
      } catch (error) {
        udp.close();
        tcp.close();
        throw new Fault('listen-failed', `the resolver for DNS names can't listen on port ${port}`, {
          cause: error,
        });
      }
      udp.on('error', stop);
      tcp.on('error', stop);
      [datagrams, streams] = [udp, tcp];
      hearDatagrams(udp);
    },
    stop,
  };
}

function listening(socket: Socket | Server, begin: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('listening', () => {
      socket.removeListener('error', reject);
      resolve();
    });
    begin();
  });
}
