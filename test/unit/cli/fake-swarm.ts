import { Fault } from '../../../plugin/fault.ts';
import type { FullNetwork, FullService, Swarm } from '../../../plugin/deploy/swarm.ts';
import type { Run } from '../../../plugin/process/run.ts';
import { fakeConfigs, type FakeConfigs } from '../../support/fake-configs.ts';

const DETACH = `Since --detach=false was not specified, tasks will be created in the background.
In a future release, --detach=false will become the default.
`;

export interface FakeSwarm {
  readonly swarm: Swarm;
  readonly configs: FakeConfigs;
  readonly run: Run;
  /** Everything that changes something, in its order. */
  readonly log: string[];
  /** What was given to docker on its standard input. */
  readonly texts: string[];
  readonly services: FullService[];
  readonly networks: FullNetwork[];
  /** The next updates are refused, as if somebody else had been faster. */
  stale: number;
}

/** A swarm in memory: its `docker stack deploy` changes nothing but the log. */
export function fakeSwarm(manager = true): FakeSwarm {
  const log: string[] = [];
  const texts: string[] = [];
  const services: FullService[] = [];
  const networks: FullNetwork[] = [];
  const configs = fakeConfigs();
  const fake: FakeSwarm = {
    ...{ log, texts, services, networks, configs, stale: 0 },
    swarm: {
      policyConfigs: () => configs.policyConfigs(),
      createConfig: (config) => configs.createConfig(config),
      labelConfig: (id, label, value) => configs.labelConfig(id, label, value),
      removeConfig: (id) => configs.removeConfig(id),
      info: () => Promise.resolve({ Swarm: { ControlAvailable: manager } }),
      services: () => Promise.resolve(services),
      service: (id) => Promise.resolve(services.find(({ ID }) => ID === id)!),
      networks: () => Promise.resolve(networks),
      createNetwork: ({ name, encrypted, internal }) => {
        log.push(`create ${name}`);
        const Id = `id-${networks.length}`;
        networks.push(overlay(name, { encrypted, internal, id: Id }));
        return Promise.resolve(Id);
      },
      updateService: (id, version, spec) => {
        if (fake.stale-- > 0)
          return Promise.reject(new Fault('docker-failed', 'rpc error: update out of sequence'));
        log.push(`update ${id} at ${version}`);
        const at = services.findIndex(({ ID }) => ID === id);
        services[at] = { ...services[at]!, Spec: spec };
        return Promise.resolve();
      },
    },
    run: (file, args, options) => {
      // What asks the kernel changes nothing.
      if (file === 'docker') log.push([file, ...args].join(' '));
      if (options?.input !== undefined) texts.push(options.input);
      return Promise.resolve({ stdout: 'Creating service shop_web\n', stderr: DETACH, exitCode: 0 });
    },
  };
  return fake;
}

export function overlay(
  name: string,
  { encrypted = true, internal = false, id = `id-of-${name}` } = {},
): FullNetwork {
  return {
    ...{ Id: id, Name: name, Driver: 'overlay', Scope: 'swarm', Internal: internal },
    Labels: { 'swarmwall.segment': '1' },
    Options: encrypted ? { encrypted: '' } : {},
  };
}

export function stackService(
  stack: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): FullService {
  return {
    ID: `${stack}-${name}`,
    Version: { Index: 12 },
    Spec: {
      Name: `${stack}_${name}`,
      Labels: { 'com.docker.stack.namespace': stack, ...labels },
      TaskTemplate: { ContainerSpec: { Image: 'i' }, Networks: [{ Target: 'old', Aliases: [name] }] },
      Mode: { Replicated: { Replicas: 3 } },
    },
  };
}
