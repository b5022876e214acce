import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROTOCOL_VERSION } from '../../plugin/protocol.ts';
import type { LabNode } from '../lab/node.ts';
import type { LabTask } from '../lab/tasks.ts';
import { update } from './agents.ts';
import { guardedSwarm } from './guarded-swarm.ts';
import { allows, denies } from './observe.ts';
import { stackText } from './stack-text.ts';

const STACK = stackText({
  web: {},
  db: { listens: ['tcp/5432'], labels: { 'swarmwall.ingress': 'web:5432' } },
});
const NET = 'app_net';

/** What a TLS client gets from the controller: its first line, or how it was refused. */
const CLIENT = `
const [host, cert, key] = process.argv.slice(1);
const { readFileSync } = require('fs');
const own = cert ? { cert: readFileSync(cert), key: readFileSync(key) } : {};
const socket = require('tls').connect({ host, port: 7948, rejectUnauthorized: false, ...own });
let answer = '';
const end = (text) => { console.log(text); process.exit(0); };
socket.on('secureConnect', () => socket.write(JSON.stringify({ type: 'hello', protocol: ${PROTOCOL_VERSION}, version: '0', hostname: 'x', engine: 'x' }) + '\\n'));
socket.on('data', (data) => (answer += data).includes('\\n') && end(answer));
socket.on('error', (error) => end('refused: ' + (error.code ?? error.message)));
socket.on('close', () => end(answer === '' ? 'refused: closed' : answer));
setTimeout(() => end('neither welcome nor refused'), 20000);
`;

describe('control over mutual TLS on a real Swarm', () => {
  const swarm = guardedSwarm({ stacks: { app: STACK } });
  /** On the other node. */
  const db = () => ({ to: swarm.task('app_db', swarm.two), network: NET, port: 5432 });
  const web = (): LabTask => swarm.task('app_web', swarm.one);

  it('keeps enforcing, a restart of an agent included, while the controller is gone for a minute', async () => {
    const { lab, agents, one, two } = swarm;
    await allows(web(), db());
    await agents.stopController();
    // Nobody hears of this change for now.
    await update(lab, 'app_db', '--label-add', 'swarmwall.ingress=none');
    for (const restart of [false, true]) {
      if (restart) {
        await agents.killAgent(two);
        await agents.startAgent(two);
        // For whatever it may do wrong.
        await sleep(1_500);
      }
      await allows(web(), db());
      await denies(swarm.task('app_db', one), { to: swarm.task('app_web', two), network: NET, port: 80 });
    }
    await sleep(58_000);
    await allows(web(), db());
    await agents.startController();
    await agents.settled();
    await denies(web(), db());
  });

  it('speaks with a node that has a certificate of the Swarm', async () => {
    const folder = '/var/lib/docker/swarm/certificates';
    const { agents, one } = swarm;
    await one.run('sh', ['-c', 'mkdir -p /root/own && cp "$1"/swarm-node.crt /root/own/', 'sh', folder]);
    // swarmkit's own headers in the key are not PEM as OpenSSL takes it.
    await one.run('sh', ['-c', 'sed \'/: /d;/^$/d\' "$1"/swarm-node.key > /root/own/key', 'sh', folder]);
    const answer = await client(one, '/root/own/swarm-node.crt', '/root/own/key');
    assert.match(answer, /"type":"welcome"/);
    await agents.settled();
  });

  it('refuses a client without a certificate, and one with a certificate of its own making', async () => {
    const { agents, two } = swarm;
    assert.match(await client(two), /^refused/);
    const subject = '/O=swarm/OU=swarm-worker/CN=worker';
    const made = ['-newkey', 'rsa:2048', '-nodes', '-x509', '-days', '1', '-subj', subject];
    await two.run('openssl', ['req', ...made, '-keyout', '/root/forged.key', '-out', '/root/forged.crt']);
    assert.match(await client(two, '/root/forged.crt', '/root/forged.key'), /^refused/);
    assert.equal((await agents.controller()).nodes.length, 2);
  });

  async function client(node: LabNode, ...certificate: readonly string[]): Promise<string> {
    return (await node.run('node', ['-e', CLIENT, swarm.one.address, ...certificate])).stdout;
  }
});
