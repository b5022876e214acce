import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../../lab/eventually.ts';

/**
 * Sends each under its text, again and again, until all are at the interface of `namespace`, in frames of any kind, or
 * patience ends. @returns the texts that are there
 */
export async function arrivals(
  namespace: string,
  sends: Readonly<Record<string, () => void>>,
): Promise<readonly string[]> {
  const listener = spawn('nsenter', [`--net=/run/netns/${namespace}`, 'socat', '-u', 'INTERFACE:eth0', '-'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const seen: Buffer[] = [];
  listener.stdout.on('data', (data: Buffer) => seen.push(data));
  const found = () => {
    const all = Buffer.concat(seen);
    return Object.keys(sends).filter((text) => all.includes(text));
  };
  const done = () => found().length === Object.keys(sends).length;
  const ended = once(listener, 'exit');
  await eventually(() => listens(listener.pid, namespace), 20_000, 5);
  for (let attempt = 0; attempt < 6 && !done(); attempt++) {
    for (const send of Object.values(sends)) send();
    // In steps: what has come is read in between, however little time this process gets.
    for (let step = 0; step < 5 && !done(); step++) await pause(10);
  }
  listener.kill();
  await ended;
  return found();
}

/** It says nothing when it is ready: the kernel lists its packet socket in the namespace. */
function listens(pid: number | undefined, namespace: string): boolean {
  const process = `/proc/${String(pid)}`;
  if (readlinkSync(`${process}/ns/net`) !== `net:[${statSync(`/run/netns/${namespace}`).ino}]`) return false;
  const [, ...sockets] = readFileSync(`${process}/net/packet`, 'utf8').trim().split('\n');
  return sockets.length > 0;
}

export async function arrives(namespace: string, text: string, send: () => void): Promise<boolean> {
  return (await arrivals(namespace, { [text]: send })).length > 0;
}
