import { chmod, mkdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Server } from 'node:net';
import { dirname } from 'node:path';
import { Fault } from '../fault.ts';

/**
 * Listens on a unix socket that only root may open; its folder is made when it is missing. A socket that nobody answers
 * on is one left by a crash.
 * @throws Fault `socket-in-use`, `listen-failed`
 */
export async function listenOnSocket(server: Server, socket: string, folderMode = 0o700): Promise<void> {
  await mkdir(dirname(socket), { recursive: true, mode: folderMode });
  if (await isAnswered(socket))
    throw new Fault('socket-in-use', `another one answers on ${socket}`, { data: { socket } });
  await rm(socket, { force: true });
  // The socket must never be open to others, not even before chmod.
  const umask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) => {
        reject(new Fault('listen-failed', `can't listen on ${socket}: ${cause.message}`, { cause }));
      });
      server.listen(socket, resolve);
    });
  } finally {
    process.umask(umask);
  }
  await chmod(socket, 0o600);
}

function isAnswered(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => {
      resolve(false);
    });
  });
}
