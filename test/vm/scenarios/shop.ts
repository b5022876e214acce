import { Agents, deployStack } from '../../e2e/agents.ts';
import { sharedLab } from '../../lab/fixture.ts';
import type { Lab } from '../../lab/lab.ts';
import type { LabNode } from '../../lab/node.ts';
import { waitRunning, type LabTask } from '../../lab/tasks.ts';

/** The encrypted overlay that both stacks share: Swarm's defaults are for a stack to have its own. */
export const NETWORK = 'shared';
/** An overlay that is not encrypted; the attackers alone are on it. */
export const PLAIN_NETWORK = 'plain';
/** Of the databases, where nobody listens of himself. */
export const PUSH_PORT = 5433;
const SERVICES = ['shop_web', 'shop_db', 'other_attacker'];
/** Inside the documentation network that the lab's hosts have; .201 is the same host's other address. */
const CLIENT_NET = '198.51.100.200/32';

const SHOP = `version: '3.8'
services:
  web:
    image: swarmwall/demo:1
    command: [tcp/80, udp/53]
    ports: ['8080:80', '5300:53/udp']
    networks: [shared]
    deploy:
      mode: global
      labels:
        swarmwall.ingress: '${CLIENT_NET}:80,53/udp'
        swarmwall.egress: 'db:5432 db:${PUSH_PORT} db:5353/udp'
  db:
    image: swarmwall/demo:1
    command: [tcp/5432, udp/5353, tcp/9000]
    networks: [shared]
    deploy:
      mode: global
      labels:
        swarmwall.ingress: 'web:5432 web:${PUSH_PORT} web:5353/udp'
        swarmwall.egress: 'none'
networks:
  shared: { external: true }
`;

const OTHER = `version: '3.8'
services:
  attacker:
    image: swarmwall/demo:1
    command: [tcp/4444]
    networks: [shared, plain]
    deploy: { mode: global }
networks:
  shared: { external: true }
  plain: { external: true }
`;

export interface Shop {
  readonly lab: Lab;
  /** Not started yet. */
  readonly agents: Agents;
  readonly one: LabNode;
  readonly two: LabNode;
  readonly tasks: readonly LabTask[];
}

let deployed: Promise<Shop> | undefined;

/** Both stacks on both nodes, once for all tests of the program. */
export function deployedShop(): Promise<Shop> {
  return (deployed ??= deploy());
}

async function deploy(): Promise<Shop> {
  const lab = await sharedLab();
  const create = ['network', 'create', '--driver', 'overlay', '--attachable'];
  await lab.manager.docker([...create, '--opt', 'encrypted', NETWORK]);
  await lab.manager.docker([...create, PLAIN_NETWORK]);
  await deployStack(lab, 'shop', SHOP);
  await deployStack(lab, 'other', OTHER);
  const tasks = await waitRunning(lab, SERVICES);
  const [one, two] = lab.nodes as [LabNode, LabNode];
  return { lab, agents: new Agents(lab), one, two, tasks };
}

/** `kind: ClusterSettings`, with this line. */
export async function applySettings(lab: Lab, line: string): Promise<void> {
  lab.manager.writeFile('/root/settings.yaml', `kind: ClusterSettings\nname: default\n${line}\n`);
  await lab.manager.run('swarmwall', ['policy', 'apply', '-f', '/root/settings.yaml', '--timeout', '5m']);
}
