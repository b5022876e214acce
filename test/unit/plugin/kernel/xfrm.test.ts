import assert from 'node:assert/strict';
import { parseEncryptionRules } from '../../../../plugin/kernel/encryption-rules.ts';
import { parsePolicies, parseStates } from '../../../../plugin/kernel/xfrm.ts';
import { ENCRYPTION_MARK } from '../../../../rules/underlay/judge-encryption.ts';

/** As iproute2 prints what moby adds: written after its `ipxfrm.c` and moby's `programSA`, not of a live kernel. */
const STATES = `src 198.51.100.11 dst 198.51.100.12
	proto esp spi 0x7d5d7d6b(2103279979) reqid 13681891(0x00d0c4e3) mode transport
	replay-window 0 seq 0x00000000 flag  (0x00000000)
	aead rfc4106(gcm(aes)) <<Keys hidden>> 64
	anti-replay context: seq 0x0, oseq 0x12, bitmap 0x00000000
	sel src 0.0.0.0/0 dst 0.0.0.0/0 uid 0
	lifetime config:
	  limit: soft (INF)(bytes), hard (INF)(bytes)
	  limit: soft (INF)(packets), hard (INF)(packets)
	  expire add: soft 0(sec), hard 0(sec)
	  expire use: soft 0(sec), hard 0(sec)
	lifetime current:
	  2196(bytes), 18(packets)
	  add 2026-11-21 20:01:02 use 2026-11-21 20:01:03
	stats:
	  replay-window 0 replay 0 failed 0
src 198.51.100.12 dst 198.51.100.11
	proto esp spi 0x00c0ffee(12648430) reqid 13681891(0x00d0c4e3) mode transport
	lifetime current:
	  0(bytes), 0(packets)
	  add 2026-11-21 20:01:02 use -
src 203.0.113.1 dst 203.0.113.2
	proto esp spi 0x00000007(7) reqid 7(0x00000007) mode tunnel
	lifetime current:
	  9(bytes), 9(packets)
	  add 2026-11-21 20:01:02 use -
`;

/** The first is what a lab's node with Docker 28.5 printed, the others are made up. */
const POLICIES = `src 198.51.100.11/32 dst 198.51.100.12/32 proto udp dport 4789 uid 0
	dir out action allow index 1 priority 0 ptype main share any flag  (0x00000000)
	lifetime config:
	  limit: soft (INF)(bytes), hard (INF)(bytes)
	  limit: soft (INF)(packets), hard (INF)(packets)
	  expire add: soft 0(sec), hard 0(sec)
	  expire use: soft 0(sec), hard 0(sec)
	lifetime current:
	  0(bytes), 0(packets)
	  add 2026-11-21 21:27:36 use -
	mark 0xd0c4e3/0xffffffff 
	tmpl src 198.51.100.11 dst 198.51.100.12
		proto esp spi 0x446c184f(1147934799) reqid 13681891(0x00d0c4e3) mode transport
		level required share any 
		enc-mask ffffffff auth-mask ffffffff comp-mask ffffffff
src 0.0.0.0/0 dst 0.0.0.0/0 uid 0
	socket out action allow index 16 priority 0 share any flag  (0x00000000)
src 198.51.100.11/32 dst 198.51.100.13/32 proto udp dport 4789 uid 0
	dir out action block index 17 priority 0 share any flag  (0x00000000)
	mark 0xd0c4e3/0xffffffff
	tmpl src 198.51.100.11 dst 198.51.100.13
		proto esp spi 0x00000001(1) reqid 13681891(0x00d0c4e3) mode transport
`;

describe('what the kernel encrypts', () => {
  it('is read with counters and times, and without what is not Docker’s kind', () => {
    assert.deepEqual(parseStates(STATES), [
      {
        ...{ source: '198.51.100.11', destination: '198.51.100.12', spi: '0x7d5d7d6b' },
        ...{ reqid: ENCRYPTION_MARK, packets: 18, added: Date.UTC(2026, 10, 21, 20, 1, 2) },
      },
      {
        ...{ source: '198.51.100.12', destination: '198.51.100.11', spi: '0x00c0ffee' },
        ...{ reqid: ENCRYPTION_MARK, packets: 0, added: Date.UTC(2026, 10, 21, 20, 1, 2) },
      },
    ]);
    assert.deepEqual(parseStates(''), []);
    assert.deepEqual(parseStates('garbage\nsrc\nsrc a dst'), []);
  });

  it('is read without statistics, too, and in IPv6', () => {
    const plain = 'src fd00::1 dst fd00::2\n\tproto esp spi 0x01 reqid 13681891 mode transport\n';
    assert.deepEqual(parseStates(plain), [
      { source: 'fd00::1', destination: 'fd00::2', spi: '0x01', reqid: ENCRYPTION_MARK, packets: 0 },
    ]);
  });

  it('goes by policies that encrypt what leaves', () => {
    assert.deepEqual(parsePolicies(POLICIES), [
      {
        ...{ source: '198.51.100.11', destination: '198.51.100.12', protocol: 'udp', port: 4789 },
        ...{ mark: ENCRYPTION_MARK, spi: '0x446c184f' },
      },
    ]);
  });
});

describe('Docker’s rules for encryption', () => {
  /** u32: iptables-save 1.8.9 of rules added as moby adds them. BPF: of a lab's node with Docker 28.5. */
  const match = (word: string): string => `-m u32 --u32 "0x0>>0x16&0x3c@0xc&0xffffff00=${word}"`;
  const vxlan = '-p udp -m udp --dport 4789';
  const mark = '-j MARK --set-xmark 0xd0c4e3/0xffffffff';
  const bpf =
    '-m bpf --bytecode "7,32 0 0 4294963252,7 0 0 0,64 0 0 4,116 0 0 8,21 1 0 4099,6 0 0 0,6 0 0 4294967295"';

  it('are known by the networks that they name, as each engine writes them', () => {
    const mangle = [
      '*mangle',
      `-A OUTPUT ${vxlan} ${match('0x100100')} ${mark}`,
      `-A OUTPUT ${vxlan} ${bpf} ${mark}`,
    ];
    const filter = [
      `-A INPUT -p udp -m policy --dir in --pol none -m udp --dport 4789 ${match('0x100100')} -j DROP`,
      `-A INPUT -p udp -m policy --dir in --pol ipsec -m udp --dport 4789 ${match('0x100200')} -j ACCEPT`,
      `-A INPUT ${vxlan} ${match('0x100200')} -j DROP`,
    ];
    assert.deepEqual(parseEncryptionRules(mangle.join('\n'), filter.join('\n')), {
      marked: new Set([4097, 4099]),
      refused: new Set([4097, 4098]),
    });
  });

  it('are not others’', () => {
    const mangle = `-A OUTPUT ${vxlan} ${match('0x100100')} -j MARK --set-xmark 0x1/0xffffffff\n-A FORWARD ${vxlan} ${match('0x100100')} ${mark}`;
    const filter = `-A INPUT ${vxlan} ${match('0x100100')} -j ACCEPT\n-A FORWARD ${vxlan} ${match('0x100100')} -j DROP`;
    assert.deepEqual(parseEncryptionRules(mangle, filter), { marked: new Set(), refused: new Set() });
  });
});
