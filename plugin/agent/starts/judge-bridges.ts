import { holdsAddress } from '../../../rules/docker-user/prefixes.ts';
import { ownKey } from '../bridges/with-bridges.ts';
import type { Lack, StartView } from './judge-start.ts';
import type { StartQuestion } from './start-question.ts';

/** What the last run has put into the kernel for the node's own networks. */
export interface BridgesView {
  /** Its tables are in the kernel: they deny what they do not know. */
  readonly denies: boolean;
  /** And nothing is left to be written to them. */
  readonly settled: boolean;
}

/** Of a container on the node's own networks: whether one of them is guarded is known once Docker has told of the container. */
export function judgeBridges(
  { container, interfaces }: StartQuestion,
  { facts, bridges, holdsGateway }: StartView,
): readonly Lack[] {
  // An engine that comes up starts what it restarts before it answers anyone.
  if (facts === undefined) return [];
  const own = interfaces.filter((each) => each.kind === 'host');
  const gateway = (facts.gateway?.subnets ?? []).map((cidr) => ({ cidr, except: [] }));
  const left = own.filter(
    ({ addresses }) => !addresses.some((address) => gateway.some((block) => holdsAddress(block, address))),
  );
  if (left.length === 0) return [];
  if (!facts.bridges.seen.has(container)) return [lack('what Docker says of the container', false)];
  return left.flatMap(({ port, mac, addresses }): readonly Lack[] => {
    const bridge = facts.bridges.bridges.find(({ members }) => members.includes(port));
    if (bridge === undefined) return [];
    if (!bridges.settled) return [lack(`the rules of the network ${bridge.network.name}`, bridges.denies)];
    const known = bridge.ports.find((each) => each.port === port && each.mac === mac);
    if (known === undefined || !addresses.every((address) => known.addresses.includes(address)))
      return [lack(`the port ${port} of ${bridge.network.name}`, true)];
    const record = facts.bridges.containers.find(({ id }) => id === container);
    if (record === undefined) return [];
    const service = ownKey(`${record.stack}/${record.service}`);
    return addresses
      .filter((address) => !holdsGateway({ address, service }))
      .map((address) => lack(`${address} of ${service} in DOCKER-USER`, false));
  });
}

const lack = (what: string, safe: boolean): Lack => ({ what, safe });
