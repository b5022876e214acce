import type { Namespace } from './namespace.ts';

/** A plugin's own /proc/sys is read-only; that of the node's first process is not. */
const FILES = [
  '/proc/sys/net/netfilter/nf_conntrack_acct',
  '/proc/1/root/proc/sys/net/netfilter/nf_conntrack_acct',
] as const;

/** Whether the node's own connections count their packets; true, too, where that cannot be told. */
export async function isCounting(host: Namespace): Promise<boolean> {
  const told = await host.run('cat', [FILES[0]]).catch(() => undefined);
  return told?.stdout.trim() !== '0';
}

export async function stopCounting(host: Namespace): Promise<void> {
  for (const file of FILES)
    if (await host.run('tee', [file], { input: '0\n' }).catch(() => undefined)) return;
}
