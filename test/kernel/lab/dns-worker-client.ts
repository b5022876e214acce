import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { DnsAnswer, DnsRequest } from './dns-worker-protocol.ts';

export interface DnsWorker {
  ask(request: DnsRequest): Promise<unknown>;
  resolve(request: Omit<Extract<DnsRequest, { do: 'resolve' }>, 'do'>): Promise<DnsAnswer>;
  stop(): Promise<void>;
}

/** A Node process inside a namespace. */
export async function startDnsWorker(namespace: string): Promise<DnsWorker> {
  const worker = fileURLToPath(new URL('dns-worker.ts', import.meta.url));
  const child = spawn(
    'nsenter',
    [`--net=/run/netns/${namespace}`, process.execPath, '--import', 'tsx', worker],
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  );
  const waiting = new Map<number, (reply: { readonly value?: unknown; readonly error?: string }) => void>();
  let id = 0;
  child.on('message', (reply: { readonly id: number; readonly value?: unknown; readonly error?: string }) => {
    waiting.get(reply.id)?.(reply);
    waiting.delete(reply.id);
  });
  await once(child, 'spawn');
  const ask = (request: DnsRequest): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const own = id++;
      waiting.set(own, ({ value, error }) => {
        if (error === undefined) resolve(value);
        else reject(new Error(error));
      });
      child.send({ id: own, ...request });
    });
  return {
    ask,
    resolve: async (request) => (await ask({ do: 'resolve', ...request })) as DnsAnswer,
    stop: async () => {
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}
