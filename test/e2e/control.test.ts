import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROTOCOL_VERSION } from '../../plugin/protocol.ts';
import { eventually } from '../lab/eventually.ts';
import { resetLab, sharedLab } from '../lab/fixture.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import { waitRunning, type LabTask } from '../lab/tasks.ts';
import { Agents, deployStack, observe, on, update } from './agents.ts';

const STACK = `version: '3.8'
services:
  web:
    image: swarmwall/demo:1
    command: [tcp/80]
    networks: [net]
    deploy: { mode: global, endpoint_mode: dnsrr }
  db:
    image: swarmwall/demo:1
    command: [tcp/5432]
    networks: [net]
    deploy: { mode: global, endpoint_mode: dnsrr, labels: { swarmwall.ingress: 'web:5432' } }
networks:
  net: { driver: overlay }
`;
const NET = 'app_net';
const SERVICES = ['app_web', 'app_db'];

/** What a TLS client gets from the controller in a second: its lines, or how it was refused. */
const CLIENT = `
const [host, cert, key] = process.argv.slice(1);
const { readFileSync } = require('fs');
const own = cert ? { cert: readFileSync(cert), key: readFileSync(key) } : {};
const socket = require('tls').connect({ host, port: 7948, rejectUnauthorized: false, ...own });
let answer = '';
const end = (text) => { console.log(text); process.exit(0); };
socket.on('secureConnect', () => socket.write(JSON.stringify({ type: 'hello', protocol: ${PROTOCOL_VERSION}, version: '0', hostname: 'x', engine: 'x' }) + '\\n'));
socket.on('data', (data) => (answer += data));
socket.on('error', (error) => end('refused: ' + (error.code ?? error.message)));
socket.on('close', () => end(answer === '' ? 'refused: closed' : answer));
setTimeout(() => end(answer), 1500);
`;

describe('control over mutual TLS on a real Swarm', () => {
  let lab: Lab;
  let agents: Agents;
  let tasks: readonly LabTask[];
  let one: LabNode;
  let two: LabNode;

  before(async () => {
    lab = await sharedLab();
    [one, two] = lab.nodes as [LabNode, LabNode];
    agents = new Agents(lab);
    await agents.start();
    await deployStack(lab, 'app', STACK);
    tasks = await waitRunning(lab, SERVICES);
    await agents.settled();
  });
  after(async () => {
    await agents.remove();
    await resetLab(lab);
  });

  const judge = (port: number) => observe(on(tasks, 'app_web', one), on(tasks, 'app_db', two), NET, port);

  it('keeps enforcing, a restart of an agent included, while the controller is gone for a minute', async () => {
    await eventually(async () => assert.equal(await judge(5432), 'allowed'));
    await agents.stopController();
    // Nobody hears of this change for now.
    await update(lab, 'app_db', '--label-add', 'swarmwall.ingress=none');
    for (const restart of [false, true]) {
      if (restart) {
        await agents.killAgent(two);
        await agents.startAgent(two);
        await sleep(1_500);
      }
      assert.equal(await judge(5432), 'allowed');
      assert.equal(await observe(on(tasks, 'app_db', one), on(tasks, 'app_web', two), NET, 80), 'denied');
    }
    await sleep(58_000);
    assert.equal(await judge(5432), 'allowed');
    await agents.startController();
    await eventually(async () => assert.equal(await judge(5432), 'denied'), 30_000);
    await agents.settled();
  });

  it('speaks with a node that has a certificate of the Swarm', async () => {
    const folder = '/var/lib/docker/swarm/certificates';
    await lab.manager.run('sh', [
      '-c',
      'mkdir -p /root/own && cp "$1"/swarm-node.crt /root/own/',
      'sh',
      folder,
    ]);
    // swarmkit's own headers in the key are not PEM as OpenSSL takes it.
    await lab.manager.run('sh', [
      '-c',
      'sed \'/: /d;/^$/d\' "$1"/swarm-node.key > /root/own/key',
      'sh',
      folder,
    ]);
    const answer = await client(one, '/root/own/swarm-node.crt', '/root/own/key');
    assert.match(answer, /"type":"welcome"/);
    await agents.settled();
  });

  it('refuses a client without a certificate, and one with a certificate of its own making', async () => {
    assert.match(await client(two), /^refused/);
    const subject = '/O=swarm/OU=swarm-worker/CN=worker';
    const made = ['-newkey', 'rsa:2048', '-nodes', '-x509', '-days', '1', '-subj', subject];
    await two.run('openssl', ['req', ...made, '-keyout', '/root/forged.key', '-out', '/root/forged.crt']);
    assert.match(await client(two, '/root/forged.crt', '/root/forged.key'), /^refused/);
    assert.equal((await agents.controller()).nodes.length, 2);
  });

  async function client(node: LabNode, ...certificate: readonly string[]): Promise<string> {
    return (await node.run('node', ['-e', CLIENT, lab.manager.address, ...certificate])).stdout;
  }
});
