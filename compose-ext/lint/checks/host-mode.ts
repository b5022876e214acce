import type { Position } from '../../diagnostic.ts';
import type { ComposeFile, ComposeService } from '../../load/compose-file.ts';
import type { Finding, LintRule } from '../lint-rule.ts';

const OPTIONS = [
  ['network_mode', 'network', 'no policy guards it'],
  ['pid', 'processes', 'it sees, and may stop, those of others'],
  ['ipc', 'shared memory', 'it sees that of others'],
  ['uts', 'name', 'it may rename the node'],
  ['userns_mode', 'users', 'its root is the root of the node'],
] as const;

export const hostMode: LintRule = {
  id: 'host-mode',
  severity: 'warning',
  scope: 'service',
  summary: 'a service shares its node: network, processes or memory',
  *check(file) {
    for (const service of file.services) {
      yield* sharedOptions(service);
      const at = hostNetwork(service, file);
      if (at !== undefined)
        yield {
          at,
          message: `"${service.name}" is on its node's own network: no policy guards it`,
          hint: 'Publish the ports that it needs instead.',
        };
    }
  },
};

function* sharedOptions({ name, runtime }: ComposeService): Iterable<Finding> {
  for (const [key, what, why] of OPTIONS) {
    const option = runtime.options[key];
    if (option?.value !== 'host') continue;
    const hint = key === 'network_mode' ? 'Publish the ports that it needs instead.' : `Remove ${key}: host.`;
    yield { at: option.origin, message: `"${name}" shares the ${what} of its node: ${why}`, hint };
  }
}

/** The engine's network `host`, which stack files reach as an external one of that name. */
function hostNetwork({ networks }: ComposeService, file: ComposeFile): Position | undefined {
  const hosts = new Set(
    file.networks
      .filter(({ name, realName, external }) => external && (realName ?? name) === 'host')
      .map(({ name }) => name),
  );
  return networks.find(({ name }) => hosts.has(name))?.origin;
}
