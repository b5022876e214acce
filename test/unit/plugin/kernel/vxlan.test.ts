import assert from 'node:assert/strict';
import { parseOwnAddresses } from '../../../../plugin/kernel/own-addresses.ts';
import { parseRemotes, parseVxlans } from '../../../../plugin/kernel/vxlan.ts';

/** Cut from what iproute2 6.1 printed. */
const LINKS = `[{"ifindex":2,"ifname":"vxlan0","mtu":1450,"linkinfo":{"info_kind":"vxlan","info_data":{"id":4097,"port":4789,"learning":true}}},{"ifindex":3,"ifname":"odd"}]`;
const FORWARDING = `[{"mac":"ae:8d:ee:fe:ba:96","flags":[],"master":"br0","state":"permanent"},{"mac":"02:42:0a:00:01:04","dst":"203.0.113.9","flags":["self"],"state":""},{"mac":"02:42:0a:00:01:03","dst":"198.51.100.12","flags":["self"],"state":"permanent"},{"mac":"02:42:0a:00:01:05","dst":"198.51.100.12","flags":["self"],"state":"permanent"}]`;
const ADDRESSES = `[{"ifname":"lo","mtu":65536,"addr_info":[{"family":"inet","local":"127.0.0.1","scope":"host"}]},{"ifname":"eth0","mtu":1500,"addr_info":[{"family":"inet","local":"198.51.100.11","scope":"global"},{"family":"inet6","local":"fd00::11","scope":"global"},{"family":"inet6","local":"fe80::1","scope":"link"}]},{"ifname":"docker_gwbridge","mtu":1500,"addr_info":[{"family":"inet","local":"172.18.0.1","scope":"global"}]},{"ifname":"br0","mtu":9000,"addr_info":[{"family":"inet","local":"192.0.2.1","scope":"global"}]}]`;

describe('VXLAN devices', () => {
  it('tell their network, their port and their MTU', () => {
    assert.deepEqual(parseVxlans(LINKS), [{ name: 'vxlan0', vni: 4097, port: 4789, mtu: 1450 }]);
    assert.deepEqual(parseVxlans(''), []);
  });

  it('know other nodes from Docker, and not from what an attacker sent', () => {
    assert.deepEqual(parseRemotes(FORWARDING), ['198.51.100.12']);
  });
});

describe("a node's own addresses", () => {
  it('are those that others may see, on whatever link', () => {
    assert.deepEqual(parseOwnAddresses(ADDRESSES), [
      { address: '198.51.100.11', mtu: 1500 },
      { address: 'fd00::11', mtu: 1500 },
      { address: '192.0.2.1', mtu: 9000 },
    ]);
  });
});
