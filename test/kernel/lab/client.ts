import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Reply, Request } from './peer-protocol.ts';

export interface Client {
  ask(request: Request): Promise<number | boolean>;
  stop(): Promise<void>;
}

/** A Node process inside a namespace. */
export async function startClient(namespace: string): Promise<Client> {
  const peer = fileURLToPath(new URL('peer.ts', import.meta.url));
  const child = spawn(
    'nsenter',
    [`--net=/run/netns/${namespace}`, process.execPath, '--import', 'tsx', peer],
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  );
  const waiting = new Map<number, (reply: Reply) => void>();
  let id = 0;
  child.on('message', (reply: Reply) => {
    waiting.get(reply.id)?.(reply);
    waiting.delete(reply.id);
  });
  await once(child, 'spawn');

  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        const own = id++;
        waiting.set(own, ({ value, error }) => {
          if (value === undefined) reject(new Error(error ?? 'no answer'));
          else resolve(value);
        });
        child.send({ id: own, ...request });
      }),
    async stop() {
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}
