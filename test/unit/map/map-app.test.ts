import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import supertest from 'supertest';
import { silentLog } from '../../../plugin/log.ts';
import { createMapApp, type MapAppOptions } from '../../../plugin/map/map-app.ts';
import { changeOf, createMapFeed } from '../../../plugin/map/map-feed.ts';
import { createSessions } from '../../../plugin/map/sessions.ts';
import { isLoopback, startMap } from '../../../plugin/map/start-map.ts';
import { systemClock } from '../../../plugin/process/clock.ts';
import type { MapArrow, ServiceMap } from '../../../rules/map/map-data.ts';

const TOKEN = 'a-token-of-more-than-24-characters';
const ASSETS = {
  'index.html': '<p>the map',
  'login.html': '<p hidden data-wrong>wrong',
  'page.js': 'page()',
  'login.js': 'login()',
  'page.css': 'p{}',
};

function serve(options: Partial<MapAppOptions> = {}) {
  const feed = createMapFeed({ cluster: () => undefined }, systemClock, silentLog());
  const sessions = createSessions(TOKEN, systemClock);
  const app = createMapApp({ feed, sessions, assets: ASSETS, mayTry: () => true, ...options });
  return supertest(app);
}

async function login(agent: ReturnType<typeof serve>): Promise<string> {
  const { headers } = await agent.post('/login').type('form').send({ token: TOKEN }).expect(303);
  const [cookie = ''] = headers['set-cookie'] as unknown as string[];
  return cookie;
}

describe("the map's server", () => {
  it('shows nothing of the cluster before the token', async () => {
    const agent = serve();
    await agent.get('/').expect(303).expect('location', '/login');
    for (const path of ['/api/live?minutes=60', '/api/arrow?from=a&to=b', '/api/service?key=a/b', '/api/'])
      await agent.get(path).expect(401);
    await agent.get('/').set('cookie', 'swarmwall-map=guess; swarmwall-map').expect(303);
    await agent.get('/login').expect(200);
  });

  it('opens with the token, for this browser, until it logs out', async () => {
    const agent = serve();
    const cookie = await login(agent);
    assert.match(cookie, /^swarmwall-map=[\w-]{40,}; Path=\/; HttpOnly; SameSite=Strict$/u);
    await agent.get('/').set('cookie', cookie).expect(200, '<p>the map');
    await agent.post('/logout').set('cookie', cookie).expect(303);
    await agent.get('/').set('cookie', cookie).expect(303);
  });

  it('refuses a wrong token, whatever its form, and too many of them', async () => {
    const agent = serve();
    for (const token of ['', TOKEN.slice(1), `${TOKEN}x`])
      await agent.post('/login').type('form').send({ token }).expect(401, '<p data-wrong>wrong');
    await agent.post('/login').type('form').send(`token=${TOKEN}&token=${TOKEN}`).expect(401);
    await agent.post('/login').type('json').send({ token: TOKEN }).expect(401);
    await agent
      .post('/login')
      .type('form')
      .send({ token: 'x'.repeat(5_000) })
      .expect(413);
    await serve({ mayTry: () => false })
      .post('/login')
      .type('form')
      .send({ token: TOKEN })
      .expect(429);
  });

  it('sends a policy that lets nothing in from outside with every answer', async () => {
    const agent = serve();
    for (const path of ['/', '/login', '/page.js', '/page.css', '/api/live', '/nothing']) {
      const { headers } = await agent.get(path);
      assert.match(headers['content-security-policy'] ?? '', /^default-src 'none'; script-src 'self';/u);
      assert.doesNotMatch(headers['content-security-policy'] ?? '', /unsafe|\*|https?:/u);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['cache-control'], 'no-store');
      assert.equal(headers['x-powered-by'], undefined);
    }
  });

  it('on loopback answers to no other name, as a hostile DNS server would give it', async () => {
    const agent = serve();
    await agent.get('/login').set('host', 'attacker.example').expect(421);
    await agent.get('/login').set('host', 'localhost.attacker.example').expect(421);
    await agent.get('/login').set('host', '[::1]:7960').expect(200);
    await serve({ cluster: () => 'c' })
      .get('/login')
      .set('host', 'manager1')
      .expect(200);
  });

  it('off loopback marks its cookie for TLS alone, and a plain connection is no manager', async () => {
    const agent = serve({ cluster: () => 'c' });
    assert.match(await login(agent), /; Secure;/u);
    await agent.get('/api/service?key=a/b').expect(401);
  });

  it('answers bad questions', async () => {
    const agent = serve();
    const cookie = await login(agent);
    const get = (path: string) => agent.get(path).set('cookie', cookie);
    await get('/api/live?minutes=61').expect(400);
    await get('/api/arrow?from=a&from=b&to=c').expect(400);
    await get('/api/service?key=__proto__/x').expect(404);
    await get('/api/service?key[x]=1').expect(404);
    await get('/api/arrow?from=service+__proto__&to=outside+x').expect(200);
    await get('/../../etc/passwd').expect(404);
  });
});

describe('where the map is served', () => {
  const config = { mapAddress: '127.0.0.1', mapPort: 0 };
  const given = {
    clock: systemClock,
    log: silentLog(),
    source: { cluster: () => undefined },
    assets: ASSETS,
  };

  it('is nowhere when it is off, and a busy port is no failure of the controller', async () => {
    assert.deepEqual((await startMap({ ...given, config: { ...config, mapAddress: 'off' } })).status(), {
      state: 'off',
    });
    const first = await startMap({ ...given, config });
    const status = first.status();
    assert.ok(status.state === 'serving' && status.token.length >= 40);
    const mapPort = Number(new URL(status.url).port);
    const second = await startMap({ ...given, config: { ...config, mapPort } });
    assert.equal(second.status().state, 'failed');
    await Promise.all([first.stop(), second.stop()]);
  });

  it('takes no token that is short or cannot be read, and off loopback waits for a certificate', async () => {
    for (const mapTokenFile of ['/nowhere/token', '/dev/null']) {
      const map = await startMap({ ...given, config: { ...config, mapTokenFile } });
      assert.equal(map.status().state, 'failed');
      await map.stop();
    }
    const outside = await startMap({ ...given, config: { ...config, mapAddress: '0.0.0.0' } });
    assert.deepEqual(outside.status(), { state: 'failed', reason: "waits for this node's certificate" });
    await outside.stop();
    assert.deepEqual(['127.0.0.1', '::1', 'localhost', '127.8.8.8'].map(isLoopback), [
      true,
      true,
      true,
      true,
    ]);
    assert.deepEqual(['0.0.0.0', '::', '127.0.0.1.example', '10.0.0.1'].map(isLoopback), [
      false,
      false,
      false,
      false,
    ]);
  });
});

describe('what open pages are told', () => {
  const arrow = (to: string, connections = 1): MapArrow => ({
    ...{ from: 'service a/a', to, state: 'allowed', ports: [], connections, packets: 0, bytes: 0 },
  });
  const map = (...arrows: MapArrow[]): ServiceMap => ({ places: [], segments: [], forgotten: 0, arrows });

  it('is what has changed, and nothing when nothing has', () => {
    assert.equal(changeOf(map(arrow('x')), map(arrow('x'))), undefined);
    assert.deepEqual(changeOf(map(arrow('x'), arrow('y')), map(arrow('x', 2), arrow('z'))), {
      kind: 'change',
      arrows: [arrow('x', 2), arrow('z')],
      removed: ['["service a/a","y","allowed"]'],
    });
  });

  it('is the whole map when its places have', () => {
    const after = { ...map(arrow('x')), forgotten: 1 };
    assert.deepEqual(changeOf(map(arrow('x')), after), { kind: 'map', map: after });
  });
});
