import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Answer } from '../../../plugin/cli/can/answer.ts';
import { readPlace, readTarget } from '../../../plugin/cli/can/read-place.ts';
import { cli, inFolder, MONITORING, SHOP } from './fake-io.ts';

function shop<T>(use: (ask: (...argv: string[]) => ReturnType<typeof cli>) => Promise<T>): Promise<T> {
  return inFolder({ 'compose.yaml': SHOP, 'monitoring.yaml': MONITORING }, (cwd) =>
    use((...argv) => cli(['can', '-c', 'compose.yaml', ...argv], { cwd })),
  );
}

describe('swarmwall can', () => {
  it('allows what a rule allows, and says which, at which line', () =>
    shop(async (ask) => {
      const ran = await ask('web', 'api:3000');
      assert.equal(ran.exitCode, 0);
      assert.equal(
        ran.stdout,
        'allowed  shop/web → shop/api:3000/tcp\n' +
          '  ingress: allowed by api.ingress (compose.yaml:14:29)\n' +
          '  egress:  allowed by web.egress (compose.yaml:9:28)\n',
      );
    }));

  it('denies what no rule allows, and says which policy isolates', () =>
    shop(async (ask) => {
      const ran = await ask('cron', 'db:5432');
      assert.equal(ran.exitCode, 1);
      assert.match(ran.stdout, /^denied {2}shop\/cron → shop\/db:5432\/tcp\n/u);
      assert.match(ran.stdout, /ingress: no rule of db\.ingress \(compose\.yaml:18:\d+\) allows it\n/u);
      assert.match(ran.stdout, /egress: {2}not isolated\n$/u);
    }));

  it("names the stack's default when no policy selects the service", () =>
    shop(async (ask) => {
      const ran = await ask('web', 'cron:80');
      assert.equal(ran.exitCode, 1);
      assert.match(ran.stdout, /no policy selects shop\/cron, and the default of stack shop is deny/u);
    }));

  it('lists what is open when no port is asked for', () =>
    shop(async (ask) => {
      const open = await ask('web', 'api');
      assert.equal(open.exitCode, 0);
      assert.match(open.stdout, /^allowed {2}shop\/web → shop\/api\n {2}3000-3001\/tcp\n/u);
      const shut = await ask('db', 'web');
      assert.equal(shut.exitCode, 1);
      assert.match(shut.stdout, /^denied {2}shop\/db → shop\/web\n/u);
    }));

  it('judges the world and single addresses', () =>
    shop(async (ask) => {
      const cases = [
        [['world', 'web:8080'], 0],
        [['world', 'db:5432'], 1],
        [['203.0.113.7', 'web:8080'], 0],
        [['api', '203.0.113.7:443'], 0],
        [['api', '203.0.113.7:80'], 1],
        [['api', '198.51.100.7:443'], 1],
        [['api', 'world:443'], 1],
        [['cron', 'world:443'], 0],
      ] as const;
      for (const [argv, exitCode] of cases)
        assert.equal((await ask(...argv)).exitCode, exitCode, argv.join(' '));
    }));

  it('knows other stacks by --with', () =>
    shop(async (ask) => {
      const both = ['--with', 'monitoring=monitoring.yaml'];
      assert.equal((await ask(...both, 'monitoring/prometheus', 'api:9090')).exitCode, 0);
      assert.equal((await ask(...both, 'prometheus', 'api:9091/udp')).exitCode, 1);
      assert.equal((await ask('monitoring/prometheus', 'api:9090')).exitCode, 2);
    }));

  it('suggests the nearest name for one that it does not know', () =>
    shop(async (ask) => {
      const near = await ask('wbe', 'api:3000');
      assert.deepEqual([near.exitCode, near.stdout], [2, '']);
      assert.equal(near.stderr, 'error: there is no service called wbe\nhint:  Did you mean web?\n');
      assert.match((await ask('shop/wbe', 'api')).stderr, /Did you mean shop\/web\?/u);
      assert.match((await ask('zzzzzz', 'api')).stderr, /There are: shop\/web, shop\/api/u);
      assert.match((await ask('shp/web', 'api')).stderr, /no stack called shp/u);
    }));

  it('gives JSON with both sides', () =>
    shop(async (ask) => {
      const ran = await ask('--json', 'cron', 'db:5432');
      const answer = ran.json<Answer>();
      assert.equal(ran.exitCode, 1);
      assert.deepEqual(
        [answer.allowed, answer.from, answer.to, answer.port, answer.protocol, answer.ingress.outcome],
        [false, 'shop/cron', 'shop/db', 5432, 'tcp', 'denied'],
      );
      assert.equal(answer.ingress.isolatedBy[0]?.origin.line, 18);
      const failed = await ask('--json', 'wbe', 'db');
      assert.equal(failed.json<{ error: { code: string } }>().error.code, 'unknown-name');
    }));

  it('says that it needs a controller without files', async () => {
    const ran = await cli(['can', 'web', 'db']);
    assert.deepEqual([ran.exitCode, ran.stdout], [2, '']);
    assert.match(ran.stderr, /^error: no controller runs on this node\nhint: /u);
  });

  it('refuses files with errors, showing them', async () => {
    const ran = await cli(['can', '-c', '-', 'web', 'db'], { stdin: 'services: 5\n' });
    assert.equal(ran.exitCode, 2);
    assert.match(ran.stderr, /^<stdin>:1:\d+ error invalid-value/mu);
  });
});

describe('can reads', () => {
  it('places', () => {
    assert.deepEqual(readPlace('world'), { kind: 'world' });
    assert.deepEqual(readPlace('10.1.2.3'), { kind: 'address', address: '10.1.2.3' });
    assert.deepEqual(readPlace('a/b'), { kind: 'service', stack: 'a', service: 'b' });
    for (const text of ['', 'a/', '/b', 'a/b/c', 'web:80', '::1', '[::1]'])
      assert.throws(() => readPlace(text), text);
  });

  it('targets', () => {
    const db = { kind: 'service', service: 'db' };
    assert.deepEqual(readTarget('db'), { place: db });
    assert.deepEqual(readTarget('db:5432'), { place: db, protocol: 'tcp', port: 5432 });
    assert.deepEqual(readTarget('db:53/UDP'), { place: db, protocol: 'udp', port: 53 });
    assert.deepEqual(readTarget('db:pg'), { place: db, protocol: 'tcp', port: 'pg' });
    assert.deepEqual(readTarget('db:icmp'), { place: db, protocol: 'icmp' });
    for (const text of ['db:', 'db:0', 'db:65536', 'db:80/', 'db:80/xx', 'db:80/tcp/x', 'db:-1', '[::1]:80'])
      assert.throws(() => readTarget(text), text);
  });
});
