import assert from 'node:assert/strict';
import { parseTcpSockets } from '../../../../plugin/kernel/tcp-sockets.ts';

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const line = (local: string, remote: string, state: string): string =>
  `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 1 1 0000000000000000 100 0 0 10 0\n`;
const SIX = 'B80D0120000000000000000001000000';

describe("a namespace's TCP sockets", () => {
  it('are read with both ends, in both families, IPv4 as such in sockets for both', () => {
    const found = parseTcpSockets(
      `${HEAD}${line('0401000A:A0C8', '0301000A:1538', '01')}${HEAD}` +
        line(`${SIX}:A0C9`, `${SIX}:0050`, '08') +
        line('0000000000000000FFFF00000401000A:A0CA', '0000000000000000FFFF00000301000A:1538', '01'),
    );
    assert.deepEqual(
      found.map(({ local, remote }) => [local.address, local.port, remote.address, remote.port]),
      [
        ['10.0.1.4', 41_160, '10.0.1.3', 5432],
        ['2001:db8::1', 41_161, '2001:db8::1', 80],
        ['10.0.1.4', 41_162, '10.0.1.3', 5432],
      ],
    );
  });

  it('are accepted where a listener stands behind the port, opened where the kernel gave it out, else unknown', () => {
    const found = parseTcpSockets(
      // On any address, on another one, on both families.
      line('00000000:1538', '00000000:0000', '0A') +
        line('0B00007F:A0C8', '00000000:0000', '0A') +
        line('00000000000000000000000000000000:1F90', '00000000000000000000000000000000:0000', '0A') +
        line('0301000A:1538', '0401000A:A0C8', '01') +
        line('0301000A:A0C8', '0401000A:1538', '01') +
        line('0301000A:1F90', '0401000A:A0C8', '04') +
        line('0301000A:0050', '0401000A:A0C8', '01'),
    );
    assert.deepEqual(
      found.map(({ local, how }) => [local.port, how]),
      [
        [5432, 'accepted'],
        [41_160, 'opened'],
        [8080, 'accepted'],
        [80, 'unknown'],
      ],
    );
  });

  it('are left out while they open, once they are closed, and where a line is no such line', () => {
    const text = ['02', '03', '06', '07', '0C'].map((state) => line('0301000A:1538', '0401000A:A0C8', state));
    assert.deepEqual(parseTcpSockets(`${text.join('')}   1: x y 01 \n   2: 0301:1 0401000A:A0C8 01 \n`), []);
  });
});
