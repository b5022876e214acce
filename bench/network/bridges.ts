import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LocalPort } from '../../rules/overlay/local-ports.ts';
import { runProcess } from '../../plugin/process/run.ts';
import type { Sample, Task } from './peer-protocol.ts';

/** A bridge in a namespace of its own, as an overlay has it, with a client and a server on it. */
export interface Bridge {
  readonly name: string;
  readonly namespace: string;
  readonly client: string;
  readonly server: string;
  readonly ports: readonly LocalPort[];
}

export interface Bridges {
  readonly all: readonly Bridge[];
  measure(task: Task): Promise<Sample>;
  stop(): Promise<void>;
}

const PREFIX = 'swk-bench-';

/**
 * One client process and one server process, whose namespaces have an interface on every bridge: what differs between
 * two measurements is the bridge's rules only.
 */
export async function createBridges(names: readonly string[]): Promise<Bridges> {
  await removeLeftovers();
  const [clients, servers] = [`${PREFIX}clients`, `${PREFIX}servers`];
  const children: ChildProcess[] = [];
  const stop = async () => {
    children.forEach((child) => {
      if (child.connected) child.disconnect();
    });
    await removeLeftovers();
  };
  try {
    for (const namespace of [clients, servers]) await runProcess('ip', ['netns', 'add', namespace]);
    const all = [];
    for (const [index, name] of names.entries()) all.push(await createBridge(name, index, clients, servers));
    const server = start(servers, 'server');
    const client = start(clients, 'client');
    children.push(server, client);
    await once(server, 'message');
    return {
      all,
      async measure(task) {
        client.send(task);
        const [sample] = (await once(client, 'message')) as [Sample];
        return sample;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function createBridge(name: string, index: number, clients: string, servers: string): Promise<Bridge> {
  const namespace = `${PREFIX}${name}`;
  const ip = (inside: string, ...args: string[]) => runProcess('ip', ['-n', inside, ...args]);
  await runProcess('ip', ['netns', 'add', namespace]);
  await ip(namespace, 'link', 'add', 'br0', 'type', 'bridge', 'forward_delay', '0');
  await ip(namespace, 'link', 'set', 'br0', 'up');
  await runProcess('nsenter', [
    `--net=/run/netns/${namespace}`,
    'sysctl',
    '-qw',
    'net.bridge.bridge-nf-call-iptables=1',
  ]);
  const ports: LocalPort[] = [];
  for (const [side, inside] of [
    [2, clients],
    [3, servers],
  ] as const) {
    const [port, device] = [`veth${side}`, `eth${index}`];
    const [address, mac] = [`10.${100 + index}.255.${side}`, `02:42:0a:${hex(100 + index)}:ff:0${side}`];
    await ip(namespace, 'link', 'add', port, 'type', 'veth', 'peer', 'name', device, 'netns', inside);
    await ip(namespace, 'link', 'set', port, 'master', 'br0', 'up');
    await ip(inside, 'link', 'set', device, 'address', mac, 'up');
    await ip(inside, 'address', 'add', `${address}/16`, 'dev', device);
    ports.push({ port, mac, addresses: [address] });
  }
  const [client = '', server = ''] = ports.flatMap(({ addresses }) => addresses);
  return { name, namespace, client, server, ports };
}

function start(namespace: string, role: string): ChildProcess {
  const file = fileURLToPath(new URL('peer.ts', import.meta.url));
  return spawn(
    'nsenter',
    [`--net=/run/netns/${namespace}`, process.execPath, '--import', 'tsx', file, role],
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  );
}

/** Also of a run that died. */
async function removeLeftovers(): Promise<void> {
  const { stdout } = await runProcess('ip', ['netns', 'list']);
  const names = stdout.split('\n').flatMap((line) => line.split(' ').slice(0, 1));
  for (const name of names) if (name.startsWith(PREFIX)) await runProcess('ip', ['netns', 'delete', name]);
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
