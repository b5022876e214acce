import type { XfrmPolicy, XfrmState } from '../../rules/underlay/judge-encryption.ts';
import type { Namespace } from './namespace.ts';

/** What kernels without IPsec answer. */
const NONE = [1, 2];
/** Its times are the machine's own otherwise. */
const UTC = { TZ: 'UTC' };

/** Without the keys themselves. */
export async function listStates(host: Namespace): Promise<readonly XfrmState[]> {
  const args = ['-s', 'xfrm', 'state', 'list', 'nokeys'];
  return parseStates((await host.run('ip', args, { accept: NONE, env: UTC })).stdout);
}

export async function listPolicies(host: Namespace): Promise<readonly XfrmPolicy[]> {
  const args = ['-s', 'xfrm', 'policy', 'list', 'dir', 'out'];
  return parsePolicies((await host.run('ip', args, { accept: NONE, env: UTC })).stdout);
}

/** `ip -s xfrm state`: iproute2's JSON leaves xfrm out. ESP in transport mode only, as nothing else is Docker's. */
export function parseStates(text: string): readonly XfrmState[] {
  return entries(text).flatMap((entry) => {
    const [, source, destination] = /^src (\S+) dst (\S+)/.exec(entry) ?? [];
    const [, spi, reqid] =
      /proto esp spi (0x[0-9a-f]+)\S*\s+reqid (\d+)\S*\s+mode transport/.exec(entry) ?? [];
    if (source === undefined || destination === undefined || spi === undefined) return [];
    const current = entry.slice(Math.max(0, entry.indexOf('lifetime current')));
    const packets = Number(/(\d+)\(packets\)/.exec(current)?.[1] ?? 0);
    const added = timeOf(/\badd (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)/.exec(current)?.[1]);
    return [
      { source, destination, spi, reqid: Number(reqid), packets, ...(added === undefined ? {} : { added }) },
    ];
  });
}

/** `ip -s xfrm policy`, those that go out and encrypt. */
export function parsePolicies(text: string): readonly XfrmPolicy[] {
  return entries(text).flatMap((entry) => {
    const [, source, destination] = /^src (\S+?)(?:\/\d+)? dst (\S+?)(?:\/\d+)?(?:\s|$)/.exec(entry) ?? [];
    const [, protocol, port] = /^src .*\bproto (\w+) .*\bdport (\d+)/.exec(entry) ?? [];
    const spi = /tmpl src [^]*?proto esp spi (0x[0-9a-f]+)/.exec(entry)?.[1];
    const allowed = /^\s+dir out action allow\b|^\s+dir out (?!action)/m.test(entry);
    if (source === undefined || destination === undefined || protocol === undefined) return [];
    if (spi === undefined || !allowed) return [];
    const mark = Number(/\bmark (0x[0-9a-f]+|\d+)\/0xffffffff/.exec(entry)?.[1] ?? 0);
    return [{ source, destination, protocol, port: Number(port), mark, spi }];
  });
}

/** Each begins in the first column; what belongs to it is indented. */
function entries(text: string): readonly string[] {
  return text.split(/^(?=src )/m).filter((entry) => entry.startsWith('src '));
}

function timeOf(text: string | undefined): number | undefined {
  const at = text === undefined ? NaN : Date.parse(`${text.replace(' ', 'T')}Z`);
  return Number.isNaN(at) ? undefined : at;
}
