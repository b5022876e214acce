import type { Lab } from '../../lab/lab.ts';
import { deployStack } from '../../e2e/agents.ts';

/** The encrypted overlay that both stacks share: Swarm's defaults are for a stack to have its own. */
export const NETWORK = 'shared';
export const SERVICES = ['shop_web', 'shop_db', 'other_attacker'];
/** Inside the documentation network that the lab's hosts have; .201 is the same host's other address. */
export const CLIENT_NET = '198.51.100.200/32';

export const SHOP = `version: '3.8'
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
        swarmwall.egress: 'db:5432 db:5353/udp'
  db:
    image: swarmwall/demo:1
    command: [tcp/5432, udp/5353, tcp/9000]
    networks: [shared]
    deploy:
      mode: global
      labels:
        swarmwall.ingress: 'web:5432 web:5353/udp'
        swarmwall.egress: 'none'
networks:
  shared: { external: true }
`;

export const OTHER = `version: '3.8'
services:
  attacker:
    image: swarmwall/demo:1
    command: [tcp/4444]
    networks: [shared]
    deploy: { mode: global }
networks:
  shared: { external: true }
`;

export async function deployShop(lab: Lab): Promise<void> {
  const create = ['network', 'create', '--driver', 'overlay', '--opt', 'encrypted', '--attachable', NETWORK];
  await lab.manager.docker(create);
  await deployStack(lab, 'shop', SHOP);
  await deployStack(lab, 'other', OTHER);
}

/** `kind: ClusterSettings`, with this line. */
export async function applySettings(lab: Lab, line: string): Promise<void> {
  lab.manager.writeFile('/root/settings.yaml', `kind: ClusterSettings\nname: default\n${line}\n`);
  await lab.manager.run('swarmwall', ['policy', 'apply', '-f', '/root/settings.yaml', '--timeout', '5m']);
}
