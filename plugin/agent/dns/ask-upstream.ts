import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import { Fault } from '../../fault.ts';
import type { Clock } from '../../process/clock.ts';
import { type Question, readResponse, type Response, withId } from './message.ts';

export interface Upstream {
  /**
   * The first answer that is one, from the servers in order, each tried twice; its id is the query's.
   * @throws Fault `peer-lost` when none answers
   */
  ask(servers: readonly string[], query: Buffer, question: Question, transport: Transport): Promise<Answered>;
}
export type Transport = 'udp' | 'tcp';

export interface Answered {
  readonly message: Buffer;
  readonly response: Response;
}

/** A task's own resolver gives up after some 5 s. */
const PATIENCE = 1_200;
const ROUNDS = 2;
const MOST_SERVERS = 3;
const IDS = 2 ** 16;

/** Each try has a socket and an id of its own: what is not asked for by this very question is not heard. */
export function createUpstream(clock: Clock, port = 53): Upstream {
  const attempt = (
    server: string,
    query: Buffer,
    question: Question,
    transport: Transport,
  ): Promise<Answered | undefined> =>
    new Promise((resolve) => {
      const id = randomInt(IDS);
      const asked = { server, port, message: withId(query, id) };
      const end = (found?: Answered) => {
        cancel();
        close();
        resolve(found);
      };
      const hear = (message: Buffer) => {
        const response = readResponse(message, id, question);
        if (response) end({ message: withId(message, query.readUInt16BE(0)), response });
      };
      const cancel = clock.after(PATIENCE, end);
      const close = transport === 'udp' ? byUdp(asked, hear, end) : byTcp(asked, hear, end);
    });
  return {
    ask: async (servers, query, question, transport) => {
      for (let round = 0; round < ROUNDS; round += 1)
        for (const server of servers.slice(0, MOST_SERVERS)) {
          const found = await attempt(server, query, question, transport);
          if (found) return found;
        }
      throw new Fault('peer-lost', `no DNS server answers: ${servers.join(', ') || 'none is known'}`);
    },
  };
}

interface Asked {
  readonly server: string;
  readonly port: number;
  readonly message: Buffer;
}

function byUdp(
  { server, port, message }: Asked,
  hear: (message: Buffer) => void,
  fail: () => void,
): () => void {
  const socket = createSocket(isIPv6(server) ? 'udp6' : 'udp4');
  let closed = false;
  socket.on('error', () => {
    if (!closed) fail();
  });
  socket.on('message', hear);
  // Connected: the kernel takes nothing from anybody else.
  socket.connect(port, server, () => {
    if (!closed) socket.send(message);
  });
  return () => {
    if (!closed) socket.close();
    closed = true;
  };
}

function byTcp(
  { server, port, message }: Asked,
  hear: (message: Buffer) => void,
  fail: () => void,
): () => void {
  const socket = connect(port, server);
  socket.on('error', fail);
  socket.on('close', fail);
  socket.on('connect', () => socket.write(framed(message)));
  const feed = unframe(2 ** 16 - 1);
  socket.on('data', (data) => {
    const messages = feed(data);
    if (messages === undefined) fail();
    else for (const each of messages) hear(each);
  });
  return () => {
    socket.removeAllListeners('close');
    socket.destroy();
  };
}

/** A message as TCP carries it. */
export function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/** Takes what comes, gives the messages that are whole; undefined: one is longer than `most`. */
export function unframe(most: number): (data: Buffer) => Buffer[] | undefined {
  let held: Buffer = Buffer.alloc(0);
  return (data) => {
    held = held.length === 0 ? data : Buffer.concat([held, data]);
    const messages: Buffer[] = [];
    while (held.length >= 2) {
      const length = held.readUInt16BE(0);
      if (length > most) return undefined;
      if (held.length < 2 + length) break;
      messages.push(held.subarray(2, 2 + length));
      held = held.subarray(2 + length);
    }
    return messages;
  };
}
