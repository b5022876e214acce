import { createSocket } from 'node:dgram';
import { createConnection, createServer, type Socket } from 'node:net';
import type { Sample, Task } from './peer-protocol.ts';

/** The one process in the clients' namespace, or in the servers': it measures or answers on every bridge. */
const PORT = 5000;
const [role] = process.argv.slice(2);

if (role === 'server') serve();
else
  process.on('message', (task: Task) => {
    measure(task).then(
      (sample) => process.send?.(sample),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  });
process.on('disconnect', () => process.exit(0));

function serve(): void {
  const echo = createSocket('udp4');
  echo.on('message', (data, from) => {
    echo.send(data, from.port, from.address);
  });
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    // Throughput is counted here, where it has arrived.
    socket.resume();
  });
  echo.bind(PORT, () => {
    server.listen(PORT, '0.0.0.0', 1024, () => process.send?.('ready'));
  });
}

function measure({ kind, server, count }: Task): Promise<Sample> {
  switch (kind) {
    case 'connect':
      return repeat(count, () => connect(server));
    case 'udp':
      return roundTrips(server, count);
    case 'throughput':
      return throughput(server, count);
  }
}

async function repeat(count: number, once: () => Promise<number>): Promise<Sample> {
  const values: number[] = [];
  for (let index = 0; index < count; index++) values.push(await once());
  return values;
}

/** Microseconds from connect to connected. Reset at the end: no TIME_WAIT piles up. */
function connect(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = process.hrtime.bigint();
    const socket = createConnection({ host, port: PORT });
    socket.once('error', reject);
    socket.once('connect', () => {
      const taken = Number(process.hrtime.bigint() - start) / 1000;
      socket.once('close', () => {
        resolve(taken);
      });
      socket.resetAndDestroy();
    });
  });
}

/** Microseconds of each message and its echo. */
function roundTrips(host: string, count: number): Promise<Sample> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const values: number[] = [];
    let start = 0n;
    const next = () => {
      start = process.hrtime.bigint();
      socket.send('x', PORT, host);
    };
    socket.on('message', () => {
      values.push(Number(process.hrtime.bigint() - start) / 1000);
      if (values.length < count) next();
      else
        socket.close(() => {
          resolve(values);
        });
    });
    socket.bind(0, next);
  });
}

/** Mbit/s of one stream that sends for `milliseconds`. */
function throughput(host: string, milliseconds: number): Promise<Sample> {
  return new Promise((resolve, reject) => {
    const chunk = Buffer.alloc(256 * 1024);
    const socket = createConnection({ host, port: PORT });
    socket.once('error', reject);
    socket.once('connect', () => {
      const start = process.hrtime.bigint();
      const elapsed = () => Number(process.hrtime.bigint() - start) / 1e6;
      let sent = 0;
      fill();
      function fill(): void {
        if (elapsed() >= milliseconds) {
          finish(sent / elapsed());
          return;
        }
        sent += chunk.length;
        socket.write(chunk, fill);
      }
    });
    function finish(bytesPerMillisecond: number): void {
      endQuietly(socket);
      resolve([(bytesPerMillisecond * 8) / 1000]);
    }
  });
}

function endQuietly(socket: Socket): void {
  socket.removeAllListeners('error');
  socket.on('error', () => socket.destroy());
  socket.resetAndDestroy();
}
