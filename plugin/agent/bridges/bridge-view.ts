import type { ServiceKey, ServicePort } from '../../../compose-ext/policy-model.ts';
import type { Endpoint, NetworkInfo } from '../../../rules/network-policy.ts';
import { endpointKey } from '../../controller/cluster-diff.ts';
import { EMPTY_VIEW, type ClusterView } from '../../controller/cluster-view.ts';
import { joinServices, type ServiceProblem } from '../../controller/join-services.ts';
import type { ContainerRecord } from '../../docker/container-mapper.ts';
import type { ServiceRecord } from '../../docker/service-mapper.ts';
import type { BridgeFacts } from './bridge-facts.ts';

/** All guarded bridges of the node, as the calculator knows them: their subnets share no address. */
export const BRIDGES = 'bridges';

export interface BridgeView {
  readonly view: ClusterView;
  readonly keyOf: ReadonlyMap<string, ServiceKey>;
  readonly problems: readonly ServiceProblem[];
}

/** Containers as the services that their labels name, to which the rules for Swarm's services apply. */
export function drawBridges({ containers, bridges }: BridgeFacts): BridgeView {
  const byKey = new Map<ServiceKey, ContainerRecord[]>();
  for (const container of containers.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    const key = keyOfContainer(container);
    byKey.set(key, [...(byKey.get(key) ?? []), container]);
  }
  const records = [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, group]) => toRecord(key, group));
  const { stacks, services, problems } = joinServices(records);
  const keyOf = new Map(containers.map((container) => [container.id, keyOfContainer(container)]));
  const network: NetworkInfo = {
    id: BRIDGES,
    name: BRIDGES,
    subnets: bridges.flatMap((bridge) => bridge.network.subnets),
    encrypted: false,
    ingress: false,
  };
  const endpoints = bridges
    .flatMap((bridge) => bridge.endpoints)
    .flatMap(({ container, address }): readonly Endpoint[] => {
      const service = keyOf.get(container);
      return service === undefined
        ? []
        : [{ network: BRIDGES, address, owner: { kind: 'service', service } }];
    });
  return {
    view: {
      ...EMPTY_VIEW,
      stacks,
      services,
      networks: bridges.length === 0 ? new Map() : new Map([[BRIDGES, network]]),
      endpoints: new Map(endpoints.map((endpoint) => [endpointKey(endpoint), endpoint])),
    },
    keyOf,
    problems: [...problems, ...containers.flatMap(ignoredLabels)],
  };
}

function keyOfContainer({ stack, service }: ContainerRecord): ServiceKey {
  return `${stack}/${service}`;
}

/** Of several containers of one service the newest says what holds: an update is under way. */
function toRecord(key: ServiceKey, group: readonly ContainerRecord[]): ServiceRecord {
  const [newest] = group.toSorted((a, b) => b.created - a.created);
  const ports = new Map<string, ServicePort>();
  for (const { published } of group)
    for (const { protocol, target, published: port, mode } of published)
      ports.set(`${protocol} ${String(port)} ${String(target)}`, {
        ...{ protocol, target, published: port },
        ...(mode === undefined ? {} : { mode }),
      });
  return {
    id: newest?.id ?? key,
    key,
    stack: newest?.stack ?? '',
    name: newest?.service ?? '',
    labels: newest?.labels ?? {},
    ports: [...ports.keys()].sort().flatMap((port) => ports.get(port) ?? []),
    virtualIps: [],
  };
}

function ignoredLabels(container: ContainerRecord): readonly ServiceProblem[] {
  return container.ignored.map((label) => ({
    service: keyOfContainer(container),
    code: 'label-of-image',
    message: `${label} is what its image says, which does not count: write it in the Compose file, in other words`,
  }));
}
