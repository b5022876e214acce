import ipaddr from 'ipaddr.js';
import type { Namespace } from './namespace.ts';

export interface SocketEnd {
  readonly address: string;
  readonly port: number;
}

/** One end's word on a connection. */
export interface TcpSocket {
  readonly local: SocketEnd;
  readonly remote: SocketEnd;
  /** accepted: a listener stands behind the local port. opened: none does, and the port is one that the kernel gives out. */
  readonly how: 'accepted' | 'opened' | 'unknown';
}

/** As in `/proc/net/tcp` (Linux `include/net/tcp_states.h`): what may still carry data, one way or both. */
const OPEN = new Set(['01', '04', '05', '08']);
const LISTEN = '0A';
/** Linux's default for `net.ipv4.ip_local_port_range`. */
const FIRST_GIVEN_OUT = 32_768;
const ANY = new Set(['0.0.0.0', '::']);

/** The open TCP connections of a namespace, both families. */
export async function listTcpSockets(namespace: Namespace): Promise<readonly TcpSocket[]> {
  // `/proc/net` is of the namespace of whoever reads it. Where IPv6 is off there is no second file.
  const { stdout } = await namespace.run('cat', ['/proc/net/tcp', '/proc/net/tcp6'], { accept: [1] });
  return parseTcpSockets(stdout);
}

/** The lines of `/proc/net/tcp` and `/proc/net/tcp6`, one after the other. */
export function parseTcpSockets(text: string): readonly TcpSocket[] {
  const lines = text.split('\n').flatMap((line) => {
    const [, local, remote, state] = /^\s*\d+: (\S+) (\S+) ([0-9A-F]{2}) /.exec(line) ?? [];
    const [here, there] = [endOf(local), endOf(remote)];
    return here && there && state !== undefined ? [{ local: here, remote: there, state }] : [];
  });
  const listening = new Set(
    lines.filter(({ state }) => state === LISTEN).map(({ local }) => `${local.address} ${local.port}`),
  );
  const accepts = ({ address, port }: SocketEnd): boolean =>
    [address, ...ANY].some((each) => listening.has(`${each} ${port}`));
  return lines
    .filter(({ state }) => OPEN.has(state))
    .map(({ local, remote }) => {
      const opened = local.port >= FIRST_GIVEN_OUT ? 'opened' : 'unknown';
      return { local, remote, how: accepts(local) ? 'accepted' : opened };
    });
}

/** `0100007F:1F90`: the address in 32-bit words as this machine has them in memory, the port as a number. */
function endOf(text: string | undefined): SocketEnd | undefined {
  const [, words, port] = /^((?:[0-9A-F]{8}){1,4}):([0-9A-F]{4})$/.exec(text ?? '') ?? [];
  if (words === undefined || port === undefined) return undefined;
  const bytes = (words.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, 'hex').reverse()]);
  if (bytes.length !== 4 && bytes.length !== 16) return undefined;
  // An IPv4 connection of a socket that takes both.
  return {
    address: ipaddr.process(ipaddr.fromByteArray(bytes).toString()).toString(),
    port: parseInt(port, 16),
  };
}
