import { Fault } from '../fault.ts';
import type { Namespace } from './namespace.ts';

const BRIDGE = 'br0';
/** For IPv4 and for IPv6. */
const OPTIONS = ['nf_call_iptables', 'nf_call_ip6tables'] as const;
const SYSCTLS = ['iptables', 'ip6tables', 'arptables'].map((what) => `net.bridge.bridge-nf-call-${what}`);

/**
 * Without it the inet hooks see nothing of what crosses an overlay's bridge. Set on the bridge itself, by netlink:
 * /proc/sys is read-only in a plugin's container, and the namespace's sysctl may be changed back by others.
 * @throws Fault `kernel-refused` when it does not stay set
 */
export async function ensureBridgeNetfilter(namespace: Namespace, bridge = BRIDGE): Promise<void> {
  if (await are(1, namespace, bridge)) return;
  await set(namespace, bridge, '1');
  if (!(await are(1, namespace, bridge)))
    throw new Fault('kernel-refused', `${bridge} does not show its packets to netfilter (br_netfilter)`, {
      data: { namespace: namespace.path },
    });
}

/** As Docker leaves it: off, so that the namespace's sysctl decides. */
export async function releaseBridgeNetfilter(namespace: Namespace, bridge = BRIDGE): Promise<void> {
  if (!(await are(0, namespace, bridge))) await set(namespace, bridge, '0');
}

/**
 * The module is there on every Swarm node, and elsewhere only where somebody asked for it. Loading it would show the frames
 * of all bridges to netfilter, so its sysctls are turned off: then a bridge's own setting decides.
 * @throws Fault `kernel-refused` when it cannot be loaded from here
 */
export async function loadBridgeNetfilter(host: Namespace): Promise<void> {
  if (await isLoaded(host)) return;
  await host.run('modprobe', ['br_netfilter']).catch((error: unknown) => {
    throw new Fault(
      'kernel-refused',
      'the kernel module br_netfilter is not loaded, so that nothing crosses a guarded bridge network: modprobe br_netfilter',
      { cause: error },
    );
  });
  await host.run('sysctl', ['-qw', ...SYSCTLS.map((name) => `${name}=0`)]);
}

async function isLoaded(host: Namespace): Promise<boolean> {
  const { exitCode } = await host.run('test', ['-e', '/proc/sys/net/bridge'], { accept: [1] });
  return exitCode === 0;
}

async function set(namespace: Namespace, bridge: string, value: '0' | '1'): Promise<void> {
  const settings = OPTIONS.flatMap((option) => [option, value]);
  await namespace.run('ip', ['link', 'set', bridge, 'type', 'bridge', ...settings]);
}

async function are(value: 0 | 1, namespace: Namespace, bridge: string): Promise<boolean> {
  const { stdout } = await namespace.run('ip', ['-j', '-d', 'link', 'show', bridge]);
  const links = JSON.parse(stdout) as readonly {
    readonly linkinfo?: {
      readonly info_data?: Readonly<Partial<Record<(typeof OPTIONS)[number], number>>>;
    };
  }[];
  return OPTIONS.every((option) => links[0]?.linkinfo?.info_data?.[option] === value);
}
