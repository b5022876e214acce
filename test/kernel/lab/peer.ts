import { createSocket, type Socket as Datagram, type RemoteInfo } from 'node:dgram';
import { createServer, createConnection, type Socket } from 'node:net';
import { PATIENCE, type Reply, type Request } from './peer-protocol.ts';

/** Milliseconds; a divisor of `PATIENCE`. */
const STEP = 10;

/** The process in a client's namespace: listens, echoes, connects. */
interface Connection {
  send(text: string): void;
  close(): void;
  readonly waiting: Map<string, () => void>;
  pushed: number;
  running: boolean;
  /** Of `run`: exchanges without an echo. Of `flood`: echoes. */
  result: number;
  sequence: number;
}

const connections = new Map<string, Connection>();
const streams = new Map<number, Set<Socket>>();
interface Datagrams {
  readonly socket: Datagram;
  readonly clients: Map<string, RemoteInfo>;
}
/** By port, one for each family. */
const datagrams = new Map<number, Datagrams[]>();

process.on('message', ({ id, ...request }: Request & { id: number }) => {
  answer(request)
    .then((value) => ({ id, value }))
    .catch((error: unknown) => ({ id, error: String(error) }))
    .then((reply: Reply) => process.send?.(reply))
    .catch(() => process.exit(1));
});
process.on('disconnect', () => process.exit(0));

async function answer(request: Request): Promise<boolean | number> {
  switch (request.do) {
    case 'listen':
      return request.protocol === 'tcp' ? listenTcp(request.port) : listenUdp(request.port);
    case 'open':
      return request.protocol === 'tcp' ? openTcp(request) : openUdp(request);
    case 'exchange':
      return exchange(find(request.name), request.bytes);
    case 'say':
      find(request.name).send(request.text);
      await pause(PATIENCE);
      return true;
    case 'push':
      return push(request.port);
    case 'pushed':
      return find(request.name).pushed;
    case 'run':
      void runTraffic(find(request.name));
      return true;
    case 'flood':
      void flood(find(request.name));
      return true;
    case 'halt': {
      const connection = find(request.name);
      connection.running = false;
      await pause(PATIENCE + 20);
      return connection.result;
    }
    case 'close':
      connections.get(request.name)?.close();
      return connections.delete(request.name);
  }
}

function listenTcp(port: number): Promise<boolean> {
  const open = new Set<Socket>();
  streams.set(port, open);
  const server = createServer((socket) => {
    open.add(socket);
    socket.setNoDelay(true);
    socket.on('data', (data) => socket.write(data));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => open.delete(socket));
  });
  return new Promise((resolve) =>
    server.listen(port, '::', () => {
      resolve(true);
    }),
  );
}

async function listenUdp(port: number): Promise<boolean> {
  await Promise.all([
    listenDatagrams(createSocket('udp4'), port),
    listenDatagrams(createSocket({ type: 'udp6', ipv6Only: true }), port),
  ]);
  return true;
}

function listenDatagrams(socket: Datagram, port: number): Promise<boolean> {
  const clients = new Map<string, RemoteInfo>();
  datagrams.set(port, [...(datagrams.get(port) ?? []), { socket, clients }]);
  socket.on('message', (data, from) => {
    clients.set(`${from.address}:${from.port}`, from);
    socket.send(data, from.port, from.address);
  });
  return new Promise((resolve) =>
    socket.bind(port, () => {
      resolve(true);
    }),
  );
}

function push(port: number): number {
  for (const socket of streams.get(port) ?? []) socket.write('push;');
  let pushed = streams.get(port)?.size ?? 0;
  for (const { socket, clients } of datagrams.get(port) ?? [])
    for (const client of clients.values()) {
      socket.send('push;', client.port, client.address);
      pushed++;
    }
  return pushed;
}

function openTcp({ name, to, port, from }: Extract<Request, { do: 'open' }>): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({
      host: to,
      port,
      ...(from === undefined ? {} : { localAddress: from }),
    });
    const cancel = afterPatience(() => {
      socket.destroy();
      resolve(false);
    });
    socket.on('error', () => {
      cancel();
      resolve(false);
    });
    socket.on('connect', () => {
      cancel();
      socket.setNoDelay(true);
      const connection = add(
        name,
        (text) => socket.write(text),
        () => socket.destroy(),
      );
      socket.on('data', (data) => {
        receive(connection, data.toString());
      });
      resolve(true);
    });
  });
}

function openUdp({ name, to, port, from }: Extract<Request, { do: 'open' }>): Promise<boolean> {
  const socket = createSocket(to.includes(':') ? 'udp6' : 'udp4');
  const connection = add(
    name,
    (text) => {
      socket.send(text, port, to);
    },
    () => socket.close(),
  );
  socket.on('message', (data) => {
    receive(connection, data.toString());
  });
  return new Promise((resolve) => {
    socket.bind(0, from, () => {
      resolve(true);
    });
  });
}

function add(name: string, send: Connection['send'], close: Connection['close']): Connection {
  const connection = { send, close, waiting: new Map(), pushed: 0, running: false, result: 0, sequence: 0 };
  connections.set(name, connection);
  return connection;
}

function find(name: string): Connection {
  const connection = connections.get(name);
  if (!connection) throw new Error(`no connection ${name}`);
  return connection;
}

function receive(connection: Connection, text: string): void {
  for (const message of text.split(';').filter((part) => part !== '')) {
    if (message === 'push') connection.pushed++;
    connection.waiting.get(message)?.();
    connection.waiting.delete(message);
  }
}

function exchange(connection: Connection, bytes = 0): Promise<boolean> {
  const message = `m${connection.sequence++}`.padEnd(bytes, '.');
  return new Promise((resolve) => {
    const cancel = afterPatience(() => {
      connection.waiting.delete(message);
      resolve(false);
    });
    connection.waiting.set(message, () => {
      cancel();
      resolve(true);
    });
    connection.send(`${message};`);
  });
}

async function runTraffic(connection: Connection): Promise<void> {
  connection.running = true;
  connection.result = 0;
  while (connection.running) if (!(await exchange(connection))) connection.result++;
}

async function flood(connection: Connection): Promise<void> {
  connection.running = true;
  connection.result = 0;
  while (connection.running) {
    const message = `m${connection.sequence++}`;
    connection.waiting.set(message, () => connection.result++);
    connection.send(`${message};`);
    await pause(1);
  }
}

/**
 * In many short steps: a process that gets no time for a while is not told that patience has ended before it was told what
 * has come in meanwhile.
 */
function afterPatience(call: () => void): () => void {
  let steps = PATIENCE / STEP;
  let timer: NodeJS.Timeout;
  const step = (): void => {
    steps -= 1;
    if (steps > 0) timer = setTimeout(step, STEP);
    else call();
  };
  timer = setTimeout(step, STEP);
  return () => {
    clearTimeout(timer);
  };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
