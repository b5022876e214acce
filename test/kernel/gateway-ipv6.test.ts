import assert from 'node:assert/strict';
import { GATEWAY_TABLE, gatewayPrograms } from '../../rules/gateway/gateway.ts';
import { listTableArguments, parseObserved } from '../../rules/nftables/observe.ts';
import { parseCounters } from '../../rules/overlay/denied-flows.ts';
import { plan } from '../../rules/plan.ts';
import { eventually } from '../lab/eventually.ts';
import { arrivals } from './lab/arrivals.ts';
import { createBridgeLab, type BridgeLab } from './lab/bridge-lab.ts';
import { inNamespace } from './lab/namespaces.ts';
import { type Ends, ICMP6, icmp6, ip6, neighbour, options, UDP, udp } from './lab/raw-ip.ts';
import { echoAnswered, ethernet, sendFrame } from './lab/raw-packets.ts';

const SIX = { web: 'fd59::2', api: 'fd59::3', db: 'fd59::4', outside: '2001:db8:51::2' } as const;
type Role = keyof typeof SIX;
/** The node's own, on docker_gwbridge and outside. */
const [INSIDE, OUTSIDE] = ['fd59::1', '2001:db8:51::1'];
const [ROUTER, REPORT] = [134, 143];
const DESTINATION = 60;
const MANY = 15;

/** `web` and `api` are guarded, `db` is a port that is not known. */
describe('guard of docker_gwbridge with IPv6 on the real kernel', () => {
  let lab: BridgeLab;

  before(async function () {
    this.timeout(120_000);
    lab = await createBridgeLab();
    lab.run('sysctl', ['-qw', 'net.ipv6.conf.all.forwarding=1']);
    lab.run('ip', ['address', 'add', `${INSIDE}/64`, 'dev', 'br-one', 'nodad']);
    lab.run('ip', ['address', 'add', `${OUTSIDE}/64`, 'dev', 'br-out', 'nodad']);
    for (const role of Object.keys(SIX) as Role[]) {
      address(role, 'add', SIX[role], 'nodad');
      ip(role, '-6', 'route', 'add', 'default', 'via', role === 'outside' ? OUTSIDE : INSIDE);
      await eventually(() => !ip(role, '-6', 'address', 'show').includes('tentative'));
    }
    await eventually(() => !lab.run('ip', ['-6', 'address', 'show']).includes('tentative'));
  });
  after(() => lab.stop());
  beforeEach(() => {
    lab.reset();
  });

  function load(): void {
    const ports = (['web', 'api'] as const).map((role) => ({
      ...lab.peers[role],
      addresses: [lab.peers[role].address, SIX[role]],
    }));
    const desired = gatewayPrograms(ports);
    lab.apply(plan(desired, []));
    const observed = parseObserved(listed()) ?? [];
    assert.deepEqual(plan(desired, [observed].flat()), [], 'the kernel holds what is desired');
  }

  const listed = (): string => lab.run('nft', listTableArguments('bridge', GATEWAY_TABLE));
  const refused = (): number => parseCounters(listed())['refused'] ?? 0;
  const ip = (role: Role, ...args: readonly string[]) => inNamespace(lab.peers[role].namespace, 'ip', args);
  const address = (role: Role, what: 'add' | 'del', own: string, ...flags: readonly string[]) =>
    ip(role, 'address', what, `${own}/64`, 'dev', 'eth0', ...flags);
  const linkLocal = (role: 'web' | 'api') => `fe80::42:aff:fe59:${lab.peers[role].mac.slice(-1)}`;

  const sendToNode = (packet: Uint8Array): void => {
    const { mac, namespace } = lab.peers.web;
    sendFrame(namespace, ethernet({ from: mac, to: lab.bridgeMac }, 0x86dd, packet));
  };
  /** Many, as what the kernels themselves say of groups meanwhile is refused and counted, too. */
  async function isRefused(packet: Uint8Array): Promise<void> {
    const before = refused();
    for (let sent = 0; sent < MANY; sent++) sendToNode(packet);
    await eventually(() => refused() - before >= MANY);
  }

  async function connects(from: Role, to: string): Promise<boolean> {
    const { client } = lab.peers[from];
    const open = await client.ask({ do: 'open', name: 'try', protocol: 'tcp', to, port: 80 });
    if (open === true) await client.ask({ do: 'close', name: 'try' });
    return open === true;
  }

  /** To the world. */
  function datagram(from: string, text: string, hidden = false): Uint8Array {
    const ends = { from, to: SIX.outside };
    const bytes = udp(ends, 4000, 80, text);
    return hidden ? ip6(ends, DESTINATION, options(UDP, bytes)) : ip6(ends, UDP, bytes);
  }
  const arrived = (packets: Readonly<Record<string, Uint8Array>>): Promise<readonly string[]> =>
    arrivals(
      lab.peers.outside.namespace,
      Object.fromEntries(
        Object.entries(packets).map(([text, packet]) => [
          text,
          () => {
            sendToNode(packet);
          },
        ]),
      ),
    );

  it("drops what goes out in another's name", async () => {
    // In other words later: copies of the first may still be on their way.
    const told = (when: string) => ({
      [`own ${when}`]: datagram(SIX.web, `own ${when}`),
      [`own, behind a header ${when}`]: datagram(SIX.web, `own, behind a header ${when}`, true),
      [`another's ${when}`]: datagram(SIX.api, `another's ${when}`),
      [`another's, behind a header ${when}`]: datagram(SIX.api, `another's, behind a header ${when}`, true),
      [`nobody's ${when}`]: datagram('fd59::77', `nobody's ${when}`),
    });
    const before = told('before');
    assert.deepEqual(await arrived(before), Object.keys(before), 'without the guard');
    load();
    assert.deepEqual(await arrived(told('now')), ['own now', 'own, behind a header now']);
    for (const [text, packet] of Object.entries(told('then')))
      if (!text.startsWith('own')) await isRefused(packet);
  });

  it("drops a connection to the node's own ports from a link-local address", async () => {
    const shown = lab.run('ip', ['-6', 'address', 'show', 'dev', 'br-one', 'scope', 'link']);
    const node = `${/inet6 (?<own>[^/]+)/u.exec(shown)?.groups?.['own']}%eth0`;
    assert.ok(await connects('web', node), 'without the guard');
    load();
    assert.equal(await connects('web', node), false);
    assert.ok(await connects('db', node), 'of a port that is not known');
  });

  /** Whose MAC the node takes it for. */
  const believed = (whose: string): string | undefined => {
    const [entry] = JSON.parse(lab.run('ip', ['-j', '-6', 'neigh', 'show', whose, 'dev', 'br-one'])) as [
      { lladdr?: string }?,
    ];
    return entry?.lladdr;
  };
  const believe = (whose: string, mac: string): string =>
    lab.run('ip', ['-6', 'neigh', 'replace', whose, 'lladdr', mac, 'dev', 'br-one', 'nud', 'reachable']);

  const speech = (from: string, type: 135 | 136, target: string) => {
    const ends = { from, to: INSIDE };
    return { ends, said: neighbour(ends, type, target, lab.peers.web.mac) };
  };
  const plain = ({ ends, said }: { ends: Ends; said: Uint8Array }): Uint8Array => ip6(ends, ICMP6, said);
  const lies: Readonly<Record<string, () => Uint8Array>> = {
    "claims another's address": () => plain(speech(SIX.web, 136, SIX.api)),
    'does so from its link-local address': () => plain(speech(linkLocal('web'), 136, SIX.api)),
    "does so from another's address": () => plain(speech(SIX.api, 136, SIX.api)),
    'does so behind another header': () => {
      const { ends, said } = speech(SIX.web, 136, SIX.api);
      return ip6(ends, DESTINATION, options(ICMP6, said));
    },
    "asks in another's name": () => plain(speech(SIX.api, 135, INSIDE)),
  };
  for (const [what, make] of Object.entries(lies))
    it(`drops what ${what}`, async () => {
      const { api, web } = lab.peers;
      believe(SIX.api, api.mac);
      sendToNode(make());
      await eventually(() => {
        assert.equal(believed(SIX.api), web.mac, 'without the guard');
      });
      load();
      believe(SIX.api, api.mac);
      await isRefused(make());
      assert.equal(believed(SIX.api), api.mac);
    });

  it('drops what tells of routes and groups', async () => {
    load();
    const ends = { from: linkLocal('web'), to: INSIDE };
    const rest = [0, 0, 0, 0];
    await isRefused(ip6(ends, ICMP6, icmp6(ends, ROUTER, 0, rest, Buffer.alloc(8))));
    await isRefused(ip6(ends, ICMP6, icmp6(ends, REPORT, 0, rest, Buffer.alloc(20))));
  });

  it('passes what it says of itself', async () => {
    load();
    for (const own of [SIX.web, linkLocal('web')]) {
      believe(own, lab.peers.api.mac);
      sendToNode(plain(speech(own, 136, own)));
      await eventually(() => {
        assert.equal(believed(own), lab.peers.web.mac);
      });
    }
  });

  it('passes what is honest, with nothing known of neighbours', async () => {
    load();
    const forget = (): void => {
      lab.run('ip', ['-6', 'neigh', 'flush', 'all']);
      for (const role of Object.keys(SIX) as Role[]) ip(role, '-6', 'neigh', 'flush', 'all');
    };
    for (const [from, to] of [
      ['web', INSIDE],
      ['web', SIX.outside],
      ['web', SIX.api],
      ['outside', SIX.web],
      ['db', SIX.web],
    ] as const) {
      forget();
      assert.ok(await connects(from, to), `${from} → ${to}`);
      forget();
      assert.ok(echoAnswered(lab.peers[from].namespace, to), `${from} → ${to}`);
    }
  });

  it('passes the question whether an address is free, and the answer', async () => {
    load();
    const failed = (role: Role): Promise<void> =>
      eventually(() => {
        assert.match(ip(role, '-6', 'address', 'show', 'dev', 'eth0'), /fd59::2\/64.* dadfailed/u);
      });
    address('db', 'add', SIX.web);
    await failed('db');
    address('db', 'del', SIX.web);
    address('db', 'add', SIX.web, 'nodad');
    address('web', 'del', SIX.web);
    address('web', 'add', SIX.web);
    await failed('web');
    for (const role of ['db', 'web'] as const) address(role, 'del', SIX.web);
    address('web', 'add', SIX.web, 'nodad');
  });
});
