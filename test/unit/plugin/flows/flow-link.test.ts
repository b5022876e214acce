import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFlowUplink } from '../../../../plugin/agent/flows/flow-uplink.ts';
import { linkManagers, type ManagerLinks } from '../../../../plugin/agent/manager-links.ts';
import { serveLocal, type LocalServer } from '../../../../plugin/api/local-server.ts';
import { createLineReader } from '../../../../plugin/cli/api-client.ts';
import { DEFAULT_CONFIG } from '../../../../plugin/config.ts';
import { createAgentRegistry } from '../../../../plugin/controller/agent-registry.ts';
import { listenForAgents, type AgentServer } from '../../../../plugin/controller/agent-server.ts';
import { EMPTY_VIEW, type ClusterPicture } from '../../../../plugin/controller/cluster-view.ts';
import { gatherFlows } from '../../../../plugin/controller/gather-flows.ts';
import type { NodeRecord } from '../../../../plugin/docker/node-mapper.ts';
import { silentLog } from '../../../../plugin/log.ts';
import { systemClock } from '../../../../plugin/process/clock.ts';
import { PROTOCOL_VERSION } from '../../../../plugin/protocol.ts';
import { readCertificates } from '../../../../plugin/tls/certificates.ts';
import { connectManager } from '../../../../plugin/tls/manager-connection.ts';
import type { FlowRecord } from '../../../../rules/flows/flow-record.ts';
import { cli } from '../../cli/fake-io.ts';
import { aFlow, serviceEnd } from '../../rules/flows/a-flow.ts';
import { at, policy, rule, service, stack } from '../../rules/policy-cluster.ts';
import { TestCa } from '../certificates.ts';
import { FakeFlows } from './fake-flows.ts';

const DB = policy('voting', {
  ...{ name: 'db.ingress', on: 'db', origin: { ...at(41), file: 'compose.yaml' } },
  ingress: [rule([{ kind: 'service', stack: 'voting', service: 'web' }])],
});

function pictureOf(): ClusterPicture {
  const services = ['web', 'db', 'attacker'].map((name) => service(`voting/${name}`, {}, [DB]));
  const node = (id: string, role: NodeRecord['role']): [string, NodeRecord] => [
    id,
    {
      id,
      hostname: `host-${id}`,
      role,
      address: '192.168.7.1',
      up: true,
      engine: undefined,
      labels: {},
      leader: false,
    },
  ];
  const tasks = (...keys: string[]) => new Map(keys.map((key) => [`task-${key}`, `voting/${key}`]));
  return {
    view: {
      ...EMPTY_VIEW,
      stacks: new Map([['voting', stack('voting')]]),
      services: new Map(services.map((each) => [each.key, each])),
    },
    placement: {
      nodes: new Map([
        node('m1', 'manager'),
        node('m2', 'manager'),
        node('w1', 'worker'),
        node('w2', 'worker'),
      ]),
      tasksByNode: new Map([
        ['w1', tasks('web', 'attacker')],
        ['w2', tasks('db')],
      ]),
      networksByNode: new Map(),
      runningByNode: new Map(),
      ingressServices: [],
      hostFirewalls: new Map(),
    },
    problems: [],
    moving: false,
    records: [],
  };
}

/** A manager's controller, as far as flows go: agents by TLS on one side, its socket on the other. */
class Manager {
  private constructor(
    readonly server: AgentServer,
    readonly api: LocalServer,
    readonly folder: string,
    readonly connected: () => number,
  ) {}

  static async start(certificates: string): Promise<Manager> {
    const folder = mkdtempSync(join(tmpdir(), 'swarmwall-flows-'));
    const picture = pictureOf();
    const flows = gatherFlows({
      ...{ clock: systemClock, log: silentLog() },
      picture: () => picture,
      sessions: () => registry.sessions(),
    });
    const registry = createAgentRegistry({
      ...{
        clock: systemClock,
        log: silentLog(),
        onChange: () => undefined,
        onSubscribe: () => undefined,
        onReport: () => undefined,
      },
      ...{ onFlows: flows.onFlows, onFlowHistory: flows.onFlowHistory, onEnd: flows.onEnd },
    });
    const server = await listenForAgents({
      ...{ host: '127.0.0.1', port: 0, certificates: await readCertificates(certificates) },
      onAgent: registry.accept,
      onRefused: () => undefined,
    });
    const streams = { '/v1/flows': flows.lines } as const;
    const api = await serveLocal(join(folder, 'controller.sock'), {}, () => undefined, {}, streams);
    const greeted = () => [...registry.sessions().values()].filter(({ hello }) => hello !== undefined).length;
    return new Manager(server, api, folder, greeted);
  }

  observe(...argv: string[]) {
    const readLines = createLineReader({ ...DEFAULT_CONFIG, socketDir: this.folder, execRoot: this.folder });
    return cli(['observe', '--since', '2001-01-01', ...argv], { world: { readLines } });
  }

  async stop(): Promise<void> {
    await this.api.close();
    await this.server.close();
    rmSync(this.folder, { recursive: true });
  }
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('flows from agents by way of managers to a person', () => {
  let ca: TestCa;
  let managers: Manager[];
  const nodes = new Map<string, FakeFlows>();
  const links: ManagerLinks[] = [];

  before(async () => {
    ca = new TestCa();
    managers = await Promise.all(
      ['m1', 'm2'].map((name) => Manager.start(ca.issue(name, `/O=c/OU=swarm-manager/CN=${name}`))),
    );
    for (const name of ['w1', 'w2']) {
      const flows = new FakeFlows();
      nodes.set(name, flows);
      const certificates = await readCertificates(ca.issue(name, `/O=c/OU=swarm-worker/CN=${name}`));
      const ports = new Map(
        managers.map(({ server }, index) => [`127.0.0.${String(index + 1)}`, server.port]),
      );
      const link = linkManagers({
        ...{ clock: systemClock, port: 1, onPolicy: () => undefined, onAuthz: () => undefined },
        connect: (host) => connectManager('127.0.0.1', ports.get(host) ?? 0, certificates),
        hello: () => ({
          type: 'hello',
          protocol: PROTOCOL_VERSION,
          version: '0',
          hostname: 'liar',
          engine: '',
        }),
        onChange: () => undefined,
        flows: createFlowUplink(flows, systemClock),
      });
      link.setManagers([...ports.keys()]);
      links.push(link);
    }
    await until(() => managers.every(({ connected }) => connected() === 2));
  });
  after(async () => {
    for (const link of links) link.stop();
    await Promise.all(managers.map((manager) => manager.stop()));
    ca.remove();
  });

  const attack = aFlow({
    ...{ direction: 'egress', node: 'host-m1' },
    ...{ source: serviceEnd('voting/attacker'), destination: serviceEnd('voting/db') },
  });

  it('come to every manager, under the name of the node that told them, with the rule that decided', async () => {
    nodes.get('w1')?.see(attack);
    for (const manager of managers) {
      let screen = '';
      await until(async () => {
        ({ screen } = await manager.observe('--verdict', 'denied'));
        return screen.includes('voting/attacker');
      });
      assert.match(
        screen,
        / host-w1 +denied +voting\/attacker → voting\/db:5432\/tcp +6 +no ingress rule of voting\/db allows voting\/attacker \(compose\.yaml:41\)\n/u,
      );
      assert.equal(
        screen.match(/voting\/attacker →/gu)?.length,
        1,
        'the log and the live report are one record',
      );
      assert.match(screen, /^warning: the past of host-m1 is not all here: its agent is not connected$/mu);
    }
  });

  it('go on as they come, with --follow', async () => {
    const lines = await createLineReader({
      ...DEFAULT_CONFIG,
      socketDir: managers[1]?.folder ?? '',
      execRoot: managers[1]?.folder ?? '',
    })('controller', '/v1/flows?follow=1&port=77', new AbortController().signal);
    assert.ok(lines);
    const told = [1, 2].map((first) => ({ ...attack, port: 77, first }));
    nodes.get('w1')?.see({ ...attack, port: 78 }, ...told);
    const found: FlowRecord[] = [];
    for await (const line of lines) {
      found.push(line as FlowRecord);
      if (found.length === 2) break;
    }
    assert.deepEqual(
      found.map(({ first, node, reason }) => [first, node, reason?.line]),
      [
        [1, 'host-w1', 41],
        [2, 'host-w1', 41],
      ],
    );
  });

  it('keep what was in the log, and its reason of then', async () => {
    const reason = { policy: 'voting/db', text: 'it was so', file: 'old.yaml', line: 1 };
    nodes.get('w2')?.log.push(aFlow({ direction: 'ingress', port: 99, reason }));
    const [manager] = managers;
    const { screen } = (await manager?.observe('--port', '99', '--node', 'host-w2')) ?? { screen: '' };
    assert.match(screen, / host-w2 +denied .* it was so \(old\.yaml:1\)\n$/u);
  });

  it('are refused with a mistake in the question', async () => {
    const config = { ...DEFAULT_CONFIG, socketDir: managers[0]?.folder ?? '', execRoot: '/nonexistent' };
    const read = createLineReader(config);
    await assert.rejects(read('controller', '/v1/flows?port=x&wat=1', new AbortController().signal), {
      code: 'api-failed',
      message: /HTTP 400: .*port=x, wat=1/u,
    });
    assert.equal(await read('agent', '/v1/flows', new AbortController().signal), undefined);
  });
});
