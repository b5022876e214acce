import { deployStack } from '../e2e/agents.ts';
import { FULL_KERNEL } from '../lab/full-kernel.ts';
import type { Lab } from '../lab/lab.ts';

export const NETWORK = 'fault_net';
export const SERVICES = ['fault_client', 'fault_db', 'fault_attacker'];
export const FLOW_PORT = 7000;
export const TCP_PORT = 5432;
/** Nobody listens there of himself. */
export const PUSH_PORT = 5433;
/** What the databases take. */
export const INGRESS = 'client:5432 client:5433 client:7000/udp client:7001/udp';

/** Seconds. Each word is a process, and an emulated processor has no time for forty a second. */
const BETWEEN_WORDS = FULL_KERNEL ? 5 : 0.1;

/** Containers that send without end, so that those that a fault starts anew are tried from their first moment. */
const sends = (word: string): string =>
  `[sh, -c, 'listen tcp/80 & while :; do echo ${word} | socat -u - UDP:db:7001 2>/dev/null; sleep ${String(BETWEEN_WORDS)}; done']`;

const STACK = `version: '3.8'
services:
  client:
    image: swarmwall/demo:1
    entrypoint: ${sends('wanted')}
    networks: [net]
    deploy: { mode: global, endpoint_mode: dnsrr }
  attacker:
    image: swarmwall/demo:1
    entrypoint: ${sends('forbidden')}
    networks: [net]
    deploy: { mode: global, endpoint_mode: dnsrr }
  db:
    image: swarmwall/demo:1
    entrypoint: [sh, -c, 'socat -u UDP-RECV:7001 STDOUT & listen tcp/5432']
    networks: [net]
    deploy:
      mode: global
      endpoint_mode: dnsrr
      labels: { swarmwall.ingress: '${INGRESS}' }
networks:
  net: { driver: overlay, attachable: true }
`;

export function deployFaultStack(lab: Lab): Promise<void> {
  return deployStack(lab, 'fault', STACK);
}

/** What all databases there are or were have received of the containers' own sending, by word. */
export async function receivedWords(
  lab: Lab,
): Promise<{ readonly wanted: number; readonly forbidden: number }> {
  let text = '';
  for (const node of lab.nodes) {
    const { stdout } = await node.docker(['ps', '--all', '--quiet', '--filter', 'name=fault_db']);
    for (const container of stdout.split('\n').filter(Boolean))
      text += (await node.docker(['logs', container], { reject: false })).stdout;
  }
  const count = (word: string): number => text.split('\n').filter((line) => line === word).length;
  return { wanted: count('wanted'), forbidden: count('forbidden') };
}
