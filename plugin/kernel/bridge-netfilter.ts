import { Fault } from '../fault.ts';
import type { Namespace } from './namespace.ts';

const BRIDGE = 'br0';
/** For IPv4 and for IPv6. */
const OPTIONS = ['nf_call_iptables', 'nf_call_ip6tables'] as const;

/**
 * Without it the inet hooks see nothing of what crosses an overlay's bridge. Set on the bridge itself, by netlink:
 * /proc/sys is read-only in a plugin's container, and the namespace's sysctl may be changed back by others.
 * @throws Fault `kernel-refused` when it does not stay set
 */
export async function ensureBridgeNetfilter(namespace: Namespace): Promise<void> {
  if (await are(1, namespace)) return;
  await set(namespace, '1');
  if (!(await are(1, namespace)))
    throw new Fault('kernel-refused', `${BRIDGE} does not show its packets to netfilter (br_netfilter)`, {
      data: { namespace: namespace.path },
    });
}

/** As Docker leaves it: off, so that the namespace's sysctl decides. */
export async function releaseBridgeNetfilter(namespace: Namespace): Promise<void> {
  if (!(await are(0, namespace))) await set(namespace, '0');
}

async function set(namespace: Namespace, value: '0' | '1'): Promise<void> {
  const settings = OPTIONS.flatMap((option) => [option, value]);
  await namespace.run('ip', ['link', 'set', BRIDGE, 'type', 'bridge', ...settings]);
}

async function are(value: 0 | 1, namespace: Namespace): Promise<boolean> {
  const { stdout } = await namespace.run('ip', ['-j', '-d', 'link', 'show', BRIDGE]);
  const links = JSON.parse(stdout) as readonly {
    readonly linkinfo?: {
      readonly info_data?: Readonly<Partial<Record<(typeof OPTIONS)[number], number>>>;
    };
  }[];
  return OPTIONS.every((option) => links[0]?.linkinfo?.info_data?.[option] === value);
}
