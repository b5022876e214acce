import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createBridgePolicy } from '../plugin/agent/bridges/bridge-policy.ts';
import type { BridgesGuard } from '../plugin/agent/bridges/bridges-guard.ts';
import { guardDockerUser } from '../plugin/agent/docker-user-guard.ts';
import { countKernelLosses } from '../plugin/agent/flows/kernel-losses.ts';
import { guardGateway } from '../plugin/agent/gateway-guard.ts';
import { guardIpv6Edge } from '../plugin/agent/ipv6-edge-guard.ts';
import { holdPolicy } from '../plugin/agent/held-policy.ts';
import { guardNetworks } from '../plugin/agent/network-guards.ts';
import { holdClaims } from '../plugin/agent/starts/claims.ts';
import { holdStarts } from '../plugin/agent/starts/hold-starts.ts';
import { startPlacer } from '../plugin/agent/starts/place-start.ts';
import { keepSeenStarts } from '../plugin/agent/starts/seen-starts.ts';
import { serveStarts } from '../plugin/agent/starts/start-server.ts';
import { namespaceAt } from '../plugin/kernel/namespace.ts';
import { silentLog } from '../plugin/log.ts';
import { systemClock } from '../plugin/process/clock.ts';
import { converseWithProcess } from '../plugin/process/converse.ts';
import { followProcess } from '../plugin/process/follow.ts';
import { runProcess } from '../plugin/process/run.ts';
import type { EdgePolicy, NodeSnapshot } from '../rules/network-policy.ts';
import {
  addNamespace,
  inNamespace,
  namespaceName,
  removeNamespaces,
  run,
} from '../test/kernel/lab/namespaces.ts';
import { localFacts, localGateway, localOverlay } from '../test/support/local-facts.ts';
import { median } from './network/bench-network.ts';

/** A held start by itself, milliseconds: from the call of the program to the end of the runc that it becomes. */
export interface HeldStartReport {
  readonly alone: number;
  readonly added: number;
  /** One in ten took longer. */
  readonly addedTenth: number;
}

const ID = 'c0ffee'.repeat(10) + 'c0ff';
const FILE = '1-abcdefghij';
const PROGRAM = join(dirname(import.meta.dirname), 'dist', 'swarmwall-runc');
/** In this machine's own namespace, which is the program's. */
const PORT = `sw${process.pid}`;
const NETWORK = {
  ...{ id: 'abcdefghijklm', name: 'app_net', subnets: ['10.0.1.0/24'] },
  ...{ encrypted: false, ingress: false },
};
const ISOLATED = { ingress: 'isolated', egress: 'isolated' } as const;
const EDGE: EdgePolicy = {
  stance: ISOLATED,
  pair: { ingress: 'open', egress: 'open' },
  ...{ near: [], ingress: [], published: [] },
  egress: [{ cidr: '192.0.2.0/24', except: [], protocol: 'tcp', port: 443 }],
};
const POLICY = {
  networks: {
    [NETWORK.id]: {
      network: NETWORK,
      endpoints: { '10.0.1.5': { kind: 'service', service: 'app/web' } },
      ...{ services: { 'app/web': ISOLATED }, allows: {} },
    },
  },
  ...{ tasks: { task: 'app/web' }, edges: { 'app/web': EDGE }, nodeAddresses: [] },
} as unknown as NodeSnapshot;

/** Docker has told of the network, and of another task; of the one that starts it never does. */
const FACTS = localFacts({
  overlays: [localOverlay({ network: NETWORK, file: FILE })],
  gateway: localGateway({
    subnets: ['172.31.0.0/16'],
    ports: [{ port: 'veth2', mac: '02:42:ac:1f:00:09', addresses: ['172.31.0.9'] }],
    addresses: new Map([['other', '172.31.0.9']]),
  }),
});

/** A real sandbox, the real program and the agent's own writers with the real kernel; no engine, whose mood is larger than this. */
export async function benchHeldStart(count: number): Promise<HeldStartReport> {
  const [sandbox, overlay, host] = ['sandbox', 'overlay', 'node'].map((role) =>
    namespaceName(`held-${role}`),
  ) as [string, string, string];
  const folder = mkdtempSync(join(tmpdir(), 'held-start-'));
  let waiting: ChildProcess | undefined;
  removeNamespaces([sandbox, overlay, host]);
  try {
    for (const name of [sandbox, overlay, host]) addNamespace(name);
    makeSandbox(sandbox, overlay, host);
    waiting = makeBundle(folder, sandbox, overlay);
    const { ask, forget, stop } = await makeAgent(overlay, host);
    const server = await serveStarts(join(folder, 'guard.sock'), ask);
    const times: { readonly alone: number; readonly held: number }[] = [];
    for (let turn = 0; turn < count; turn += 1) {
      const alone = await timeStart(folder, 'runc');
      times.push({ alone, held: await timeStart(folder, 'swarmwall-runc') });
      await forget();
    }
    await server.close();
    stop();
    const added = times.map(({ alone, held }) => held - alone).sort((a, b) => a - b);
    return {
      alone: median(times.map(({ alone }) => alone)),
      added: median(added),
      addedTenth: added[Math.floor(added.length * 0.9)] ?? NaN,
    };
  } finally {
    waiting?.kill('SIGKILL');
    spawnSync('ip', ['link', 'delete', PORT]);
    spawnSync('umount', ['--lazy', join(folder, 'netns', FILE)]);
    removeNamespaces([sandbox, overlay, host]);
    rmSync(folder, { recursive: true, force: true });
  }
}

function makeSandbox(sandbox: string, overlay: string, host: string): void {
  const veth = (at: string, port: string, peer: string) => {
    inNamespace(at, 'ip', ['link', 'add', port, 'type', 'veth', 'peer', 'name', peer, 'netns', sandbox]);
  };
  veth(overlay, 'veth7', 'eth0');
  run('ip', ['link', 'add', PORT, 'type', 'veth', 'peer', 'name', 'eth1', 'netns', sandbox]);
  inNamespace(sandbox, 'ip', ['link', 'set', 'eth0', 'address', '02:42:0a:00:01:05']);
  inNamespace(sandbox, 'ip', ['address', 'add', '10.0.1.5/24', 'dev', 'eth0']);
  inNamespace(sandbox, 'ip', ['address', 'add', '172.31.0.3/16', 'dev', 'eth1']);
  inNamespace(host, 'iptables-nft', ['-N', 'DOCKER-USER']);
  inNamespace(host, 'iptables-nft', ['-A', 'FORWARD', '-j', 'DOCKER-USER']);
}

/** What containerd's shim starts from; what waits to become the container's first process. */
function makeBundle(folder: string, sandbox: string, overlay: string): ChildProcess {
  cpSync(PROGRAM, join(folder, 'swarmwall-runc'));
  cpSync('/bin/true', join(folder, 'runc'));
  mkdirSync(join(folder, 'netns'));
  writeFileSync(join(folder, 'netns', FILE), '');
  run('mount', ['--bind', `/run/netns/${overlay}`, join(folder, 'netns', FILE)]);
  mkdirSync(join(folder, ID));
  const settings = {
    runtime: join(folder, 'runc'),
    socket: join(folder, 'guard.sock'),
    netns: join(folder, 'netns'),
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(join(folder, 'swarmwall-runc.conf'), lines.join(''), { mode: 0o644 });
  const waiting = spawn('nsenter', [`--net=/run/netns/${sandbox}`, 'sleep', '600'], { stdio: 'ignore' });
  writeFileSync(join(folder, ID, 'init.pid'), String(waiting.pid));
  return waiting;
}

/** As far as a start that the managers have named needs it. */
async function makeAgent(overlay: string, host: string) {
  const clock = systemClock;
  const log = silentLog();
  const policy = holdPolicy(POLICY);
  const seen = keepSeenStarts({ clock, log });
  const claims = holdClaims(() => clock.elapsed());
  claims.created(ID, 'task');
  const at = (name: string) => namespaceAt(`/run/netns/${name}`, runProcess);
  const all = {
    ...{ host: at(host), follow: followProcess, converse: converseWithProcess, clock, log },
    ...{ onDrift: () => undefined, onDirty: () => undefined },
  };
  const networks = guardNetworks({ ...all, namespace: () => at(overlay), policy, seen, saved: {} });
  const gateway = guardGateway(all);
  const dockerUser = guardDockerUser({
    ...{ ...all, bridges: createBridgePolicy() },
    losses: countKernelLosses(clock),
  });
  const ipv6Edge = guardIpv6Edge({ ...all, drops: { count: () => 0 } });
  const surroundings = {
    get facts() {
      return seen.facts(FACTS);
    },
  };
  const bridges = { view: { denies: true, settled: true } } as BridgesGuard;
  const enforcers = { networks, gateway, dockerUser, ipv6Edge, bridges };
  const starts = holdStarts({
    ...{ clock, log, onLook: () => undefined },
    place: startPlacer({ log, policy, surroundings, enforcers, seen, claims }),
  });
  const forget = async (): Promise<void> => {
    seen.ended(ID, clock.now() + 1);
    await networks.seeFacts(FACTS);
    await Promise.all([networks.apply(), gateway.apply(policy, FACTS), dockerUser.apply(policy, FACTS)]);
  };
  inNamespace(overlay, 'ip', ['link', 'add', 'br0', 'type', 'bridge']);
  await forget();
  return {
    ask: starts.ask,
    /** The container is gone, and so is what was written for it. */
    forget,
    stop: () => {
      networks.stop();
      gateway.stop();
      dockerUser.stop();
    },
  };
}

function timeStart(folder: string, program: string): Promise<number> {
  const begun = performance.now();
  const child = spawn(join(folder, program), ['start', ID], { cwd: join(folder, ID), stdio: 'ignore' });
  return new Promise((resolve, reject) => {
    child.once('close', (code) => {
      if (code === 0) resolve(performance.now() - begun);
      else reject(new Error(`${program}: exit ${String(code)}`));
    });
  });
}
