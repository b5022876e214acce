import { request } from 'node:http';
import type { UninstallResult } from '../agent/index.ts';
import { localSockets } from '../api/local-sockets.ts';
import type { Config } from '../config.ts';
import { Fault } from '../fault.ts';

/** Ends agents and takes rules away in every overlay. */
const ANSWER_WITHIN = 60_000;

/** Has the managed plugin take its rules away, with its own programs; undefined when none runs here. */
export async function releasePlugin(config: Config): Promise<UninstallResult | undefined> {
  for (const socket of await localSockets(config, 'plugin')) {
    const result = await release(socket);
    if (result !== undefined) return result;
  }
  return undefined;
}

function release(socketPath: string): Promise<UninstallResult | undefined> {
  return new Promise((resolve, reject) => {
    const failed = (cause: Error): void => {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ECONNREFUSED') resolve(undefined);
      else reject(new Fault('peer-lost', `${socketPath}: ${cause.message}`, { cause }));
    };
    const asked = request(
      { socketPath, path: '/v1/release', method: 'POST', timeout: ANSWER_WITHIN, agent: false },
      (answer) => {
        let body = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        answer.once('error', failed).once('end', () => {
          if (answer.statusCode === 200) resolve(JSON.parse(body) as UninstallResult);
          else failed(new Error(`HTTP ${String(answer.statusCode)}: ${body.slice(0, 400)}`));
        });
      },
    );
    asked.once('timeout', () => asked.destroy(new Error('no answer')));
    asked.once('error', failed);
    asked.end();
  });
}
