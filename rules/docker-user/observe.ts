import { commentsVersion } from '../nftables/observe.ts';
import { TOLD_COUNTERS, type ToldCounter, VERDICT_NAMES, type VerdictName } from './edge-rule.ts';
import { CHAIN, CHAIN_HOST, CHAINS, HOOK, INPUT, SET_PREFIX } from './names.ts';
import type { ObservedDockerUser, ObservedIpSet } from './program.ts';

/**
 * @param iptablesSave output of `iptables-save -t filter`, with or without `-c`
 * @param ipsetSave output of `ipset save`
 */
export function parseObservedDockerUser(iptablesSave: string, ipsetSave: string): ObservedDockerUser {
  const lines = iptablesSave.split('\n').map((line) => line.replace(/^\[\d+:\d+\] /, ''));
  const declared = new Set(lines.flatMap((line) => /^:(\S+)/.exec(line)?.[1] ?? []));
  const hook = lines.filter((line) => line.startsWith(`-A ${HOOK} `));
  const jumps = hook.filter((line) => line === `-A ${HOOK} -j ${CHAIN}`);
  const rules = lines.flatMap((line) => {
    const chain = /^-A (\S+) /.exec(line)?.[1] ?? '';
    return CHAINS.some((own) => own === chain) ? [{ chain, comment: ruleMark(line) }] : [];
  });
  return {
    version: commentsVersion(rules),
    chains: CHAINS.filter((chain) => declared.has(chain)),
    sets: parseIpSets(ipsetSave),
    jump: { present: jumps.length, first: jumps.length === 1 && hook[0] === jumps[0] },
    inputJumps: lines.filter((line) => line === `-A ${INPUT.chain} ${INPUT.match} -j ${CHAIN_HOST}`).length,
    hasDockerUser: declared.has(HOOK),
  };
}

/** Since the chains were last written. */
export interface EdgeCounters {
  /** Packets by verdict and side. */
  readonly verdicts: Readonly<Record<VerdictName, number>>;
  /** As an overlay's program has them: see `countKernelLosses`. */
  readonly told: Readonly<Record<ToldCounter, number>>;
}

/** From `iptables-save -c -t filter`. */
export function parseEdgeCounters(iptablesSave: string): EdgeCounters {
  const counts = new Map<string, number>();
  for (const line of iptablesSave.split('\n')) {
    const match = /^\[(\d+):\d+\] -A SWARMWALL\S* .*--comment "[^" ]+ (\S+)"/.exec(line);
    const [, packets, name = ''] = match ?? [];
    if (match) counts.set(name, (counts.get(name) ?? 0) + Number(packets));
  }
  return { verdicts: sums(VERDICT_NAMES, counts), told: sums(TOLD_COUNTERS, counts) };
}

function sums<Name extends string>(
  names: readonly Name[],
  counts: ReadonlyMap<string, number>,
): Readonly<Record<Name, number>> {
  return Object.fromEntries(names.map((name) => [name, counts.get(name) ?? 0])) as Record<Name, number>;
}

function ruleMark(line: string): string {
  return /--comment "?([^" ]+)/.exec(line)?.[1] ?? '';
}

function parseIpSets(ipsetSave: string): ReadonlyMap<string, ObservedIpSet> {
  const sets = new Map<string, { type: string; entries: Map<string, '' | 'nomatch'> }>();
  for (const line of ipsetSave.split('\n')) {
    const [verb, name = '', what = '', ...flags] = line.split(' ');
    if (!name.startsWith(SET_PREFIX)) continue;
    if (verb === 'create') sets.set(name, { type: what, entries: new Map() });
    else if (verb === 'add') sets.get(name)?.entries.set(what, flags.includes('nomatch') ? 'nomatch' : '');
  }
  return sets;
}
