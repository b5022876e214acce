import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../lab/eventually.ts';
import { liveNetns } from '../../lab/live-netns.ts';
import type { LabNode } from '../../lab/node.ts';

/**
 * iptables-nft makes its chain for the first rule that is ever put there, and never takes it away: without a rule it lets pass
 * what would have passed without it.
 */
const EMPTY_INPUT =
  /\n\tchain INPUT \{\n\t\ttype filter hook input priority (?:filter|0); policy accept;\n\t\}\n/u;

/** Every rule and set of the node, in each network namespace of Docker's and its own; without counters. */
export async function kernelOf(node: LabNode): Promise<string> {
  const namespaces = await liveNetns(node);
  assert.ok(namespaces.length > 0);
  const parts: string[] = [];
  const add = async (netns: string, file: string, args: readonly string[]): Promise<void> => {
    const ran = netns ? await node.inNetns(netns, file, args) : await node.run(file, args);
    const text = ran.stdout
      .replace(EMPTY_INPUT, '')
      .replace(/^#.*$/gmu, '')
      .replace(/\[\d+:\d+\]|counter packets \d+ bytes \d+/gu, '');
    const shown = file === 'ip' ? (text.match(/"nf_call_\w+":\d/gu) ?? []).join(' ') : text;
    parts.push(`${netns} ${file} ${args.join(' ')}\n${shown}`);
  };
  for (const netns of ['', ...namespaces]) {
    await add(netns, 'nft', ['-s', 'list', 'ruleset']);
    await add(netns, 'ip', ['-j', '-d', 'link', 'show', 'type', 'bridge']);
  }
  await add('', 'ipset', ['save']);
  await add('', 'iptables-nft-save', []);
  await add('', 'iptables-legacy-save', []);
  return parts.join('\n');
}

/** When nothing changes any more: Docker ends what it does for a container or a network after it has answered. */
export async function settledKernelOf(node: LabNode): Promise<string> {
  return eventually(async () => {
    const before = await kernelOf(node);
    await sleep(1_000);
    assert.equal(await kernelOf(node), before);
    return before;
  }, 60_000);
}
