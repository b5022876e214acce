import assert from 'node:assert/strict';
import { DEFAULT_SETTINGS } from '../../../../compose-ext/index.ts';
import { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { linkManagers } from '../../../../plugin/agent/manager-links.ts';
import { Fault } from '../../../../plugin/fault.ts';
import type { NodeReport } from '../../../../plugin/protocol.ts';
import { FakeClock } from '../fake-clock.ts';

/** The controller's end of a connection. */
class FakeController extends Duplex {
  readonly said: { type: string }[] = [];
  override _read(): void {
    // Fed by `say`.
  }
  override _write(chunk: Buffer, _: string, done: () => void): void {
    for (const line of chunk.toString().split('\n').filter(Boolean)) {
      const message = JSON.parse(line) as { type: string };
      this.said.push(message);
      if (message.type === 'hello') this.say({ type: 'welcome', protocol: 3, node: 'n' });
    }
    done();
  }
  say(message: object): void {
    this.push(`${JSON.stringify(message)}\n`);
  }
  heard(type: string): number {
    return this.said.filter((message) => message.type === type).length;
  }
}

const REPORT: NodeReport = {
  networks: [],
  addresses: [],
  health: {
    revision: 5,
    mode: 'enforcing',
    programs: [],
    driftRepaired: 0,
    encrypted: [],
    encryption: 'unknown',
    startedAt: 1,
  },
};

const setUp = () => {
  const clock = new FakeClock();
  const dialled: string[] = [];
  const controllers = new Map<string, FakeController>();
  const down = new Set<string>();
  const policies: string[] = [];
  const links = linkManagers({
    clock,
    port: 7948,
    connect: (host) => {
      dialled.push(host);
      if (down.has(host)) return Promise.reject(new Fault('peer-lost', 'nobody there'));
      const controller = new FakeController();
      controllers.set(host, controller);
      return Promise.resolve(controller as unknown as TLSSocket);
    },
    hello: () => ({ type: 'hello', protocol: 3, version: '0', hostname: 'h', engine: 'e' }),
    onPolicy: ({ type, revision }) => policies.push(`${type} ${String(revision)}`),
    onAuthz: ({ type, revision }) => policies.push(`${type} ${revision}`),
    onChange: () => undefined,
  });
  return { clock, links, controllers, dialled, down, policies };
};

const snapshot = (revision: number) => ({
  type: 'snapshot',
  revision,
  policy: {
    networks: {},
    tasks: {},
    edges: {},
    nodeAddresses: [],
    settings: DEFAULT_SETTINGS,
    underlay: { addresses: [], unknown: [] },
  },
});

describe("the agent's links to managers", () => {
  it('report to all, and take policy from one', async () => {
    const { clock, links, controllers, policies } = setUp();
    links.setManagers(['a', 'b']);
    await clock.pass(0);
    links.report(REPORT);
    await clock.pass(0);
    const [a, b] = [controllers.get('a'), controllers.get('b')];
    assert.deepEqual([a?.heard('report'), b?.heard('report')], [1, 1]);
    assert.deepEqual([a?.heard('subscribe'), b?.heard('subscribe')], [1, 0]);
    a?.say(snapshot(1));
    b?.say(snapshot(9));
    await clock.pass(0);
    assert.deepEqual(policies, ['snapshot 1']);
    assert.deepEqual(
      links.status().map(({ address, state, subscribed }) => `${address} ${state} ${String(subscribed)}`),
      ['a:7948 connected true', 'b:7948 connected false'],
    );
  });

  it('subscribe only after the first report: a manager that knows nothing of the node would send it nothing', async () => {
    const { clock, links, controllers } = setUp();
    links.setManagers(['a']);
    await clock.pass(1_000);
    assert.equal(controllers.get('a')?.heard('subscribe'), 0);
    links.report(REPORT);
    await clock.pass(0);
    assert.deepEqual(
      controllers.get('a')?.said.map(({ type }) => type),
      ['hello', 'report', 'subscribe'],
    );
  });

  it('go on with the next manager when one is lost, and come back to it later, each time more slowly', async () => {
    const { clock, links, controllers, down, dialled } = setUp();
    links.setManagers(['a', 'b']);
    links.report(REPORT);
    await clock.pass(0);
    down.add('a');
    controllers.get('a')?.destroy();
    await clock.pass(0);
    assert.equal(controllers.get('b')?.heard('subscribe'), 1);
    dialled.length = 0;
    await clock.pass(60_000);
    const tries = dialled.filter((host) => host === 'a').length;
    assert.ok(tries >= 6 && tries <= 16, `${String(tries)} tries in a minute`);
    down.delete('a');
    await clock.pass(10_000);
    assert.equal(links.status()[0]?.state, 'connected');
    assert.equal(links.status()[0]?.subscribed, false, 'policy stays with the one that has it');
  });

  it('end with a manager that left, and with one that is silent', async () => {
    const { clock, links, controllers } = setUp();
    links.setManagers(['a', 'b']);
    links.report(REPORT);
    await clock.pass(0);
    links.setManagers(['b']);
    await clock.pass(0);
    assert.ok(controllers.get('a')?.destroyed);
    const silent = controllers.get('b');
    await clock.pass(30_000);
    assert.ok(silent?.destroyed);
    links.stop();
  });
});
