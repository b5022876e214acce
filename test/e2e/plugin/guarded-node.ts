import { request } from 'node:http';
import { PLUGIN } from '../../lab/managed-plugin.ts';
import type { LabNode } from '../../lab/node.ts';

/** Docker's words when an authorization plugin has refused. */
export const REFUSED = new RegExp(`authorization denied by plugin ${PLUGIN}`, 'u');

/** One key twice: Go takes the last, so what was judged need not be what is done. Without a plugin the engine takes it. */
export const TWO_WAYS = '{"Image":"swarmwall/demo:1","Image":"swarmwall/none:1"}';

/** A POST of JSON to the node's engine. */
export async function ask(
  node: LabNode,
  path: string,
  body: string,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const call = request({ socketPath: node.socketPath, path, method: 'POST', headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.once('end', () => {
        resolve({ status: answer.statusCode ?? 0, text });
      });
    });
    call.once('error', reject);
    call.end(body);
  });
}

export const isJudged = async (node: LabNode): Promise<boolean> => {
  const { status, text } = await ask(node, '/containers/create', TWO_WAYS);
  return status === 403 && REFUSED.test(text);
};

/** Of the plugin, on the node: its own processes, by what follows the program's name. */
export async function processes(node: LabNode): Promise<Readonly<Record<string, number>>> {
  const { stdout } = await node.run('ps', ['-eo', 'pid=,args=']);
  const found = [
    ...stdout.matchAll(/^ *(\d+) \/usr\/local\/bin\/node \/usr\/local\/bin\/swarmwall (\w+)$/gmu),
  ];
  return Object.fromEntries(found.map(([, pid, name]) => [name!, Number(pid)]));
}
