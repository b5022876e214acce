import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';

const FILE = '/etc/resolv.conf';

/** The node's own DNS servers, in order; none when it names none. */
export async function readNodeResolvers(file = FILE): Promise<readonly string[]> {
  let text;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return [];
  }
  return parseResolvers(text);
}

export function parseResolvers(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const [, address = ''] = /^\s*nameserver\s+(\S+)/.exec(line) ?? [];
    return isIP(address) === 0 ? [] : [address];
  });
}
