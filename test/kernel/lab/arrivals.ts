import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';

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
  // It says nothing when it is ready: send until the frames are there or patience ends.
  for (let attempt = 0; attempt < 6 && found().length < Object.keys(sends).length; attempt++) {
    for (const send of Object.values(sends)) send();
    await pause(50);
  }
  listener.kill();
  return found();
}

export async function arrives(namespace: string, text: string, send: () => void): Promise<boolean> {
  return (await arrivals(namespace, { [text]: send })).length > 0;
}
