import type { RawConfig } from '../../plugin/docker/engine-data.ts';
import { Fault } from '../../plugin/fault.ts';
import type { ConfigToCreate, PolicyConfigs } from '../../plugin/policy-store/policy-configs.ts';

export interface FakeConfigs extends PolicyConfigs {
  readonly configs: RawConfig[];
  /** Called before each write, to be faster than it, or to fail. */
  beforeCreate: (config: ConfigToCreate) => void;
  beforeRemove: (id: string) => void;
}

export const WRITTEN = '2026-11-21T14:00:00.123456789Z';

export function rawConfig(
  { name, labels, data }: ConfigToCreate,
  id = `id-of-${name}`,
  at: string = WRITTEN,
): RawConfig {
  const Data = Buffer.from(data).toString('base64');
  return { ID: id, CreatedAt: at, Spec: { Name: name, Labels: labels, Data } };
}

/** Swarm's configs in memory: a name is given once, and a config is never changed. */
export function fakeConfigs(): FakeConfigs {
  const configs: RawConfig[] = [];
  let made = 0;
  const fake: FakeConfigs = {
    configs,
    beforeCreate: () => undefined,
    beforeRemove: () => undefined,
    policyConfigs: () => Promise.resolve([...configs]),
    createConfig: async (config) => {
      await Promise.resolve();
      fake.beforeCreate(config);
      if (configs.some(({ Spec }) => Spec?.Name === config.name))
        throw new Fault('docker-failed', `config ${config.name} already exists`, { data: { status: 409 } });
      const id = `c${(made += 1)}`;
      configs.push(rawConfig(config, id));
      return id;
    },
    labelConfig: async (id, label, value) => {
      await Promise.resolve();
      const at = configs.findIndex(({ ID }) => ID === id);
      const config = configs[at];
      if (config !== undefined)
        configs[at] = {
          ...config,
          Spec: { ...config.Spec, Labels: { ...config.Spec?.Labels, [label]: value } },
        };
    },
    removeConfig: async (id) => {
      await Promise.resolve();
      fake.beforeRemove(id);
      configs.splice(
        configs.findIndex(({ ID }) => ID === id),
        1,
      );
    },
  };
  return fake;
}
