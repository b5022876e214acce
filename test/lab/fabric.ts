import { join } from 'node:path';
import { startHolder } from './namespace.ts';
import type { ProcessId } from './process-id.ts';
import { run } from './process.ts';

/** A documentation network (RFC 5737): clear of every address pool that Docker takes networks from. */
const FABRIC = '198.51.100';
export const FABRIC_ADDRESS = `${FABRIC}.1`;
export const nodeAddress = (index: number): string => `${FABRIC}.${11 + index}`;
/** The outside host has two, so that filters by client address can tell them apart. */
export const OUTSIDE_ADDRESSES = [`${FABRIC}.200`, `${FABRIC}.201`] as const;

const HOLDER = join(import.meta.dirname, 'holder.sh');

/** The lab's outermost namespaces: a bridge, and the pid namespace that everything else lives and dies in. */
export async function createFabric(folder: string, confirm: (id: ProcessId) => void): Promise<ProcessId> {
  const ready = join(folder, 'fabric.ready');
  const fabric = await startHolder({
    file: 'unshare',
    args: ['--pid', '--fork', '--net', '--mount', '--propagation', 'private', HOLDER, ready, 'confirm'],
    forks: 1,
    ready,
    log: join(folder, 'fabric.log'),
    confirm,
  });
  await ip(fabric, [
    'link set lo up',
    'link add fabric0 type bridge',
    `addr add ${FABRIC_ADDRESS}/24 dev fabric0`,
    'link set fabric0 up',
  ]);
  return fabric;
}

/** A network namespace on the fabric with nothing but addresses. */
export async function createOutside(folder: string, fabric: ProcessId): Promise<ProcessId> {
  const ready = join(folder, 'outside.ready');
  const outside = await startHolder({
    file: 'nsenter',
    args: [`--pid=/proc/${fabric.pid}/ns/pid`, 'unshare', '--net', HOLDER, ready],
    forks: 1,
    ready,
    log: join(folder, 'outside.log'),
  });
  await attach(fabric, outside, 'outside', OUTSIDE_ADDRESSES);
  return outside;
}

/** Plugs a namespace into the fabric. No default route: what is not in the lab fails at once. */
export async function attach(
  fabric: ProcessId,
  guest: ProcessId,
  name: string,
  addresses: readonly string[],
): Promise<void> {
  await ip(fabric, [
    `link add ${name} type veth peer name eth0 netns ${guest.pid}`,
    `link set ${name} master fabric0 up`,
  ]);
  await ip(guest, [
    'link set lo up',
    ...addresses.map((address) => `addr add ${address}/24 dev eth0`),
    'link set eth0 up',
  ]);
}

async function ip(namespace: ProcessId, commands: readonly string[]): Promise<void> {
  const input = commands.map((command) => `${command}\n`).join('');
  await run('nsenter', [`--net=/proc/${namespace.pid}/ns/net`, 'ip', '-batch', '-'], { input });
}
