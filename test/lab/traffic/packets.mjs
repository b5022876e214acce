// node packets.mjs send EVERY_MS ADDRESS:PORT … | receive PORT
// Runs in a task's network namespace; alone, without packages. Times are milliseconds since 1970, with fractions.
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';

const [role, ...rest] = process.argv.slice(2);
const now = () => performance.timeOrigin + performance.now();
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const socket = createSocket('udp4');

if (role === 'send') {
  const [every, ...targets] = rest;
  const sockets = targets.map((target) => target.split(':'));
  let number = 0;
  // Refused or forbidden: the next one may pass.
  socket.on('error', () => undefined);
  socket.bind(() => {
    setInterval(() => {
      number += 1;
      for (const [address, port] of sockets)
        socket.send(String(number), Number(port), address, () => undefined);
    }, Number(every));
    setInterval(() => say({ sent: number }), 50);
  });
} else {
  const SILENCE = 45;
  const sources = new Map();
  socket.on('message', (message, { address }) => {
    const at = now();
    const number = Number(message.toString());
    const known = sources.get(address) ?? { received: 0, number: 0, at: 0 };
    if (at - known.at > SILENCE) say({ from: address, resumed: at, silentSince: known.at, number });
    sources.set(address, { received: known.received + 1, number, at });
  });
  const port = Number(rest[0]);
  // What came and found no room, because this process got no time: the network did not lose it.
  const overflowed = () => {
    const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
    const lines = readFileSync('/proc/self/net/udp', 'utf8').split('\n');
    const own = lines.find((line) => line.trim().split(/\s+/)[1]?.endsWith(local));
    return Number(own?.trim().split(/\s+/).at(-1) ?? 0);
  };
  socket.bind(port, () => {
    say({ ready: true });
    setInterval(() => {
      for (const [from, { received, number, at }] of sources) say({ from, received, number, last: at });
      say({ overflowed: overflowed(), said: now() });
    }, 50);
  });
}
