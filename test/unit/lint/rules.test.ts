import assert from 'node:assert/strict';
import { looksLikeSecret } from '../../../compose-ext/lint/looks-like-secret.ts';
import { codes, found, lintTexts } from './lint-texts.ts';

const labels = (services: Readonly<Record<string, string>>, rest = '') =>
  `services:\n${Object.entries(services)
    .map(([name, written]) => `  ${name}: { image: "i:1", deploy: { labels: { ${written} } } }\n`)
    .join('')}${rest}`;

describe('lint: rules that add nothing', () => {
  const ofIngress = (text: string) =>
    codes(labels({ web: 'tier: front', api: `swarmwall.ingress: "${text}"` }));

  it('are those that one other rule allows as a whole', () => {
    const ingress = ofIngress;
    for (const text of [
      'web web:80',
      'web:80 web',
      'web:80-90 web:81-82',
      'web:80 web:80',
      'web:80/udp web:79-81/udp',
    ])
      assert.deepEqual(ingress(text), ['redundant-rule'], text);
    for (const text of [
      '{} web',
      '{tier=front}:80 web:80',
      '{} {tier}',
      '{tier} {}',
      'web {tier=front}',
      '10.0.0.0/8 10.1.0.0/16',
    ])
      assert.deepEqual(ingress(text), ['redundant-rule'], text);
    assert.deepEqual(ingress('any web'), ['any-peer', 'redundant-rule']);
  });

  it('are not those that only some of today’s services make so', () => {
    const ingress = (text: string) => ofIngress(text).filter((code) => code !== 'selects-nothing');
    for (const text of [
      'web:80 web:81',
      'web:80 web:80/udp',
      'web {tier=back}',
      '{tier} {other}',
      'web:80 {}:81',
    ])
      assert.deepEqual(ingress(text), [], text);
    for (const text of [
      '10.0.0.0/8!10.1.0.0/16 10.1.2.0/24',
      '10.0.0.0/8!10.1.2.0/24 10.1.0.0/16',
      'world 10.0.0.0/8',
    ])
      assert.deepEqual(ingress(text), [], text);
    assert.deepEqual(ingress('10.0.0.0/8!10.1.2.0/24 10.1.0.0/16!10.1.2.0/23'), ['redundant-rule']);
  });

  it('keep the first of two that are equal, at the place of the second', () => {
    const text = labels({ web: '', api: 'swarmwall.ingress: "web:80 web:81 web:80"' });
    assert.deepEqual(found(text), ['redundant-rule 3 78']);
  });

  it('are seen between a label and a policy, where the policy is about that service', () => {
    const policy = (selector: string) =>
      `x-swarmwall: { policies: [{ name: p, serviceSelector: ${selector}, ingress: [{ from: [{ service: web }] }] }] }\n`;
    const services = { web: '', api: 'tier: back, swarmwall.ingress: "web:80"' };
    assert.deepEqual(codes(labels(services, policy('{ matchLabels: { tier: back } }'))), ['redundant-rule']);
    assert.deepEqual(
      codes(labels({ ...services, db: 'tier: data' }, policy('{ matchLabels: { tier: data } }'))),
      [],
    );
  });
});

describe('lint: one-sided rules', () => {
  it('are seen from both sides, ports counted', () => {
    const text = labels({ web: 'swarmwall.egress: "api:81"', api: 'swarmwall.ingress: "web:80"' });
    assert.deepEqual(codes(text), ['one-sided-rule', 'one-sided-rule']);
    assert.deepEqual(codes(text.replace(':81', ':79-81')), []);
  });

  it('are not guessed where the other stack is not given, and found where it is', () => {
    const shop = labels({ web: 'swarmwall.egress: "mon/statsd:8125/udp"' });
    const mon = labels({ statsd: 'swarmwall.ingress: "none"' });
    assert.deepEqual(lintTexts({ 'shop.yaml': shop }), []);
    const both = lintTexts({ 'shop.yaml': shop, 'mon.yaml': mon });
    assert.deepEqual(
      both.map(({ code, file }) => `${code} ${file}`),
      ['one-sided-rule shop.yaml'],
    );
  });

  it('are those of a selector only when none of its services answers', () => {
    const services = { a: 't: x, swarmwall.egress: "none"', b: 't: x', api: 'swarmwall.ingress: "{t=x}"' };
    assert.deepEqual(codes(labels(services)), []);
    assert.deepEqual(codes(labels({ ...services, b: 't: x, swarmwall.egress: "none"' })), ['one-sided-rule']);
  });

  it('are not looked for in files with errors', () => {
    const text = labels({ web: 'swarmwall.egress: "none"', api: 'swarmwall.ingress: "web wbe"' });
    assert.deepEqual(codes(text), ['unknown-service']);
  });
});

describe('lint: ports', () => {
  it('judges published ports only where all are known', () => {
    const web = (rest: string) =>
      codes(
        `services: { web: { image: "i:1", ${rest}, deploy: { labels: { swarmwall.ingress: "world:443" } } } }\n`,
      );
    assert.deepEqual(web('ports: ["443:80"]'), ['unpublished-port']);
    assert.deepEqual(web('expose: ["443"]'), ['unpublished-port']);
    assert.deepEqual(web('ports: ["80:443"]'), []);
    assert.deepEqual(web('ports: [{ target: 443 }]'), []);
    assert.deepEqual(web('ports: ["400-500"]'), []);
    assert.deepEqual(web('ports: ["80", "${P}:${P}"]'), ['unresolved-variable']);
    assert.deepEqual(
      web('ports: ["80"], networks: [lan]').filter((code) => code !== 'unknown-network'),
      [],
    );
  });

  it('leaves a service on an external network alone: others may reach it there', () => {
    const text = `services:
  web: { image: "i:1", networks: [lan], deploy: { labels: { swarmwall.ingress: "world:443" } } }
networks: { lan: { external: true } }
`;
    assert.deepEqual(codes(text), []);
  });

  it('takes expose, and only it, for the list of what a container listens on', () => {
    const api = (rest: string) =>
      codes(
        `services: { api: { image: "i:1", ${rest}, deploy: { labels: { swarmwall.ingress: "{}:9100" } } } }\n`,
      );
    assert.deepEqual(
      api('ports: ["80:80"]').filter((code) => code === 'undeclared-port'),
      [],
    );
    assert.deepEqual(api('expose: ["80"]'), ['undeclared-port']);
    assert.deepEqual(api('expose: ["80", "9000-9200"]'), []);
    assert.deepEqual(api('expose: ["9100/udp"]'), ['undeclared-port']);
  });
});

describe('lint: services', () => {
  const service = (rest: string, more = '') => codes(`services: { s: { image: "i:1", ${rest} } }\n${more}`);

  it('sees what makes a service its node’s', () => {
    for (const rest of ['network_mode: host', 'pid: host', 'ipc: host', 'uts: host', 'userns_mode: host'])
      assert.deepEqual(service(rest), ['host-mode'], rest);
    assert.deepEqual(service('networks: [h]', 'networks: { h: { external: true, name: host } }'), [
      'host-mode',
    ]);
    assert.deepEqual(service('network_mode: none, pid: "service:x"'), []);
    assert.deepEqual(service('privileged: true'), ['privileged']);
    assert.deepEqual(service('privileged: false, cap_add: [NET_BIND_SERVICE, CAP_SYS_ADMIN]'), [
      'privileged',
    ]);
    assert.deepEqual(service('volumes: [{ type: bind, source: /run/docker.sock, target: /s }]'), [
      'docker-socket',
    ]);
    assert.deepEqual(service('volumes: ["/var/run:/host"]'), ['docker-socket']);
    assert.deepEqual(service('volumes: ["docker.sock:/data", { type: tmpfs, target: /t }]'), []);
  });

  it('sees a policy on a network that is another container’s', () => {
    for (const own of [
      'labels: { swarmwall.ingress: none }',
      'deploy: { labels: { swarmwall.egress: none } }',
      'labels: { swarmwall.limit: "connections=5" }',
      'labels: { swarmwall.mode: audit }',
      'x-swarmwall: { mode: audit }',
      'x-swarmwall: { ports: [{ name: http, port: 80 }] }',
    ])
      for (const mode of ['service:web', 'container:web-1']) {
        const text = `services:\n  web: { image: "i:1" }\n  debug:\n    image: i:1\n    network_mode: ${mode}\n    ${own}\n`;
        const borrowed = found(text).filter((each) => each.startsWith('borrowed-network'));
        assert.deepEqual(borrowed, ['borrowed-network 5 19'], `${mode} ${own}`);
      }
    const [finding] = lintTexts({
      'shop.yaml':
        'services: { web: { image: "i:1" }, debug: { image: "i:1", network_mode: "service:web", labels: { swarmwall.ingress: none } } }\n',
    });
    assert.equal(finding?.message, '"debug" has the network of "web": its own policy guards nothing');
    assert.equal(finding.hint, 'Write the policy at "web": it is for both.');
    assert.deepEqual(service('network_mode: "service:web"'), []);
    assert.deepEqual(service('network_mode: bridge, labels: { swarmwall.ingress: none }'), []);
  });

  it('reads the tag of an image, not the port of its registry', () => {
    const image = (text: string, rest = '') => codes(`services: { s: { image: "${text}"${rest} } }\n`);
    for (const text of ['nginx', 'nginx:latest', 'r.example:5000/nginx', 'r.example:5000/a/b:latest'])
      assert.deepEqual(image(text), ['untagged-image'], text);
    for (const text of [
      'nginx:1',
      'r.example:5000/nginx:1',
      `nginx@sha256:${'0'.repeat(64)}`,
      'nginx:${TAG:-latest}',
    ])
      assert.deepEqual(image(text), [], text);
    assert.deepEqual(image('shop/web', ', build: .'), []);
  });

  it('sees secrets in both forms of environment, and never says them', () => {
    const text = `services:
  s:
    image: i:1
    environment:
      - DB_PASSWORD=hunter2
      - DB_TOKEN
      - API_KEY=\${KEY:-none}
      - URL=postgres://me:hunter2@db/x
  t: { image: "i:1", environment: { AWS_SECRET_ACCESS_KEY: hunter2, EMPTY_PASSWORD: "", N: 1 } }
`;
    assert.deepEqual(found(text), ['plain-secret 5 9', 'plain-secret 8 9', 'plain-secret 9 37']);
    for (const { message, hint } of lintTexts({ 'shop.yaml': text }))
      assert.ok(!`${message}${hint}`.includes('hunter2'));
  });

  it('knows a secret from what only speaks of one', () => {
    const yes = {
      POSTGRES_PASSWORD: 'x',
      github_token: 'abc',
      STRIPE_KEY: 'k',
      X: 'AKIAABCDEFGHIJKLMNOP',
      JWT_SECRET: 's',
    };
    const no = {
      ...{
        DB_PASSWORD_FILE: '/run/secrets/db',
        POSTGRES_PASSWORD: '/run/secrets/x',
        TOKEN_TTL: '3600',
        MAX_TOKENS: '4096',
      },
      ...{
        MYSQL_RANDOM_ROOT_PASSWORD: 'yes',
        ALLOW_EMPTY_PASSWORD: 'yes',
        SSH_PUBLIC_KEY: 'ssh-rsa x',
        KEYCLOAK: 'x',
      },
      ...{
        MONKEY: 'x',
        CACHE_KEY: 'v1',
        TOKEN_URL: 'https://id.example/token',
        SECRET_NAME: 'db',
        URL: 'http://h/',
      },
    };
    for (const [name, value] of Object.entries(yes)) assert.ok(looksLikeSecret(name, value), name);
    for (const [name, value] of Object.entries(no)) assert.ok(!looksLikeSecret(name, value), name);
  });
});
