import assert from 'node:assert/strict';
import type { LocalFacts, LocalOverlay } from '../../../../../plugin/agent/local-facts.ts';
import { keepSeenStarts } from '../../../../../plugin/agent/starts/seen-starts.ts';
import type { SeenStart } from '../../../../../plugin/agent/starts/with-starts.ts';
import { TIMES } from '../../../../../plugin/config.ts';
import { systemClock } from '../../../../../plugin/process/clock.ts';
import { silentLog } from '../../../../../plugin/log.ts';
import { localFacts, localGateway, localOverlay } from '../../../../support/local-facts.ts';

const [ID, OTHER] = ['ab12'.repeat(16), 'cd34'.repeat(16)];
const MAC = '02:42:0a:00:01:05';
const FILE = '1-net';

const START: SeenStart = {
  container: ID,
  task: 'task',
  interfaces: [
    { kind: 'overlay', file: FILE, port: 'veth7', mac: MAC, addresses: ['10.0.1.5'] },
    { kind: 'host', port: 'veth9', mac: '02:42:ac:12:00:03', addresses: ['172.18.0.3'] },
  ],
};
const PORT = { port: 'veth7', mac: MAC, addresses: ['10.0.1.5'] };
const GATEWAY_PORT = { port: 'veth9', mac: '02:42:ac:12:00:03', addresses: ['172.18.0.3'] };

interface Told {
  readonly endpoints?: LocalOverlay['endpoints'];
  readonly ports?: LocalOverlay['ports'];
  readonly gateway?: readonly (readonly [string, string])[];
  readonly gatewayPorts?: LocalOverlay['ports'];
  readonly subnets?: readonly string[];
}

const facts = ({
  endpoints = [],
  ports = [],
  gateway = [],
  gatewayPorts = [],
  subnets = ['10.0.1.0/24'],
}: Told = {}): LocalFacts => {
  const network = { id: 'net', name: 'app_net', subnets, encrypted: false, ingress: false };
  return localFacts({
    overlays: [localOverlay({ network, file: FILE, endpoints, ports })],
    gateway: localGateway({
      ...{ subnets: ['172.18.0.0/16'], ports: gatewayPorts, addresses: new Map(gateway) },
    }),
  });
};

const setUp = () => {
  let now = 1_000;
  const warned: unknown[] = [];
  const log = { ...silentLog(), warn: (data: object) => void warned.push(data) };
  const wall = () => now + 1_600_000_000_000;
  const seen = keepSeenStarts({ clock: { ...systemClock, now: wall, elapsed: () => now }, log });
  return {
    seen,
    warned,
    /** What is known of the overlay and of docker_gwbridge then. */
    known: (told?: Told) => {
      const { overlays, gateway } = seen.facts(facts(told));
      return {
        endpoints: overlays[0]?.endpoints,
        ports: overlays[0]?.ports,
        gateway: [...(gateway?.addresses ?? [])],
        gatewayPorts: gateway?.ports,
      };
    },
    pass: (milliseconds: number) => (now += milliseconds),
    now: () => now,
    wall,
  };
};

const SEEN = {
  endpoints: [{ address: '10.0.1.5', container: ID, task: 'task' }],
  ports: [PORT],
  gateway: [[ID, '172.18.0.3']],
  gatewayPorts: [GATEWAY_PORT],
};
const TOLD: Told = {
  endpoints: [{ address: '10.0.1.5', container: ID, task: 'task' }],
  ports: [PORT],
  gateway: [[ID, '172.18.0.3']],
  gatewayPorts: [GATEWAY_PORT],
};
const NOTHING = { endpoints: [], ports: [], gateway: [], gatewayPorts: [] };

describe('what was seen of a container at its start', () => {
  it('is known until Docker tells of it, and Docker’s word from then on', () => {
    const { seen, known, pass, now } = setUp();
    seen.add(START);
    assert.deepEqual(known(), SEEN);
    // A look that began before: it could not know.
    seen.compare(facts(), now());
    pass(10);
    assert.deepEqual(known(), SEEN);
    seen.compare(facts(TOLD), now());
    assert.deepEqual(known(TOLD), SEEN);
    assert.deepEqual(known(), NOTHING, 'nothing of it is left');
  });

  it('stands for each interface that Docker does not tell of yet', () => {
    const { seen, known, pass, now } = setUp();
    seen.add(START);
    pass(10);
    seen.compare(facts({ ...TOLD, gateway: [], gatewayPorts: [] }), now());
    assert.deepEqual(known(), { ...NOTHING, gateway: SEEN.gateway, gatewayPorts: SEEN.gatewayPorts });
    // Told of, but its port was not found.
    seen.compare(facts({ gateway: TOLD.gateway! }), now());
    assert.deepEqual(known({ gateway: TOLD.gateway! }).gatewayPorts, [GATEWAY_PORT]);
  });

  it('goes when looks go on and tell nothing of it; not while there are none', () => {
    const { seen, known, pass, now } = setUp();
    seen.add(START);
    pass(10 * TIMES.startUntold);
    assert.deepEqual(known(), SEEN, 'to forget it would open its way to the world');
    seen.compare(facts(), now());
    assert.deepEqual(known(), NOTHING);
  });

  it('gives way to another word of Docker’s, and somebody is told', () => {
    const { seen, known, warned, pass, now } = setUp();
    seen.add(START);
    pass(10);
    const told: Told = { ...TOLD, endpoints: [{ address: '10.0.1.77', container: ID, task: 'task' }] };
    seen.compare(facts(told), now());
    assert.deepEqual(known(), NOTHING);
    assert.deepEqual(warned, [{ container: ID, seen: '10.0.1.5', told: '10.0.1.77' }]);
  });

  it('takes an address and a port from whoever had them before', () => {
    const { seen, known } = setUp();
    const before: Told = {
      endpoints: [
        { address: '10.0.1.5', container: OTHER, task: 'gone' },
        { address: '10.0.1.6', container: OTHER, task: 'stays' },
      ],
      ports: [
        { ...PORT, port: 'veth3' },
        { ...PORT, addresses: ['10.0.1.8'] },
        { port: 'veth1', mac: '02:42:0a:00:01:02', addresses: ['10.0.1.2', '10.0.1.5', '10.0.1.3'] },
      ],
      gateway: [[OTHER, '172.18.0.3']],
      gatewayPorts: [{ ...GATEWAY_PORT, port: 'veth4' }],
    };
    seen.add(START);
    assert.deepEqual(known(before), {
      ...SEEN,
      endpoints: [{ address: '10.0.1.6', container: OTHER, task: 'stays' }, ...SEEN.endpoints],
      ports: [{ port: 'veth1', mac: '02:42:0a:00:01:02', addresses: ['10.0.1.2', '10.0.1.3'] }, PORT],
    });
    // Another one that starts with them, before Docker has told of the first.
    seen.add({ ...START, container: OTHER, task: undefined });
    assert.deepEqual(known().endpoints, [{ address: '10.0.1.5', container: OTHER }]);
    assert.deepEqual(known().gateway, [[OTHER, '172.18.0.3']]);
  });

  it('goes with the container, but not when it has started again', () => {
    const { seen, known, pass, wall } = setUp();
    seen.add(START);
    seen.ended(ID, wall() - 1);
    assert.deepEqual(known(), SEEN, 'what ended was its life before');
    pass(5);
    seen.ended(ID, wall());
    assert.deepEqual(known(), NOTHING);
  });

  it('is no word on other bridges, nor where IPv6 addresses would be missing', () => {
    const { seen, known } = setUp();
    const [overlay, host] = START.interfaces;
    seen.add({ ...START, interfaces: [overlay!, { ...host!, addresses: ['172.20.0.3'] }] });
    assert.deepEqual(known().gateway, []);
    assert.deepEqual(known({ subnets: ['10.0.1.0/24', 'fd00::/64'] }).ports, []);
  });
});
