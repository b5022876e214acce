import type { ComposeFile, ComposeNetwork, ComposeService, ServiceNetwork } from '../load/compose-file.ts';
import type { Report } from '../report.ts';
import { isCrossStackName } from '../segment/segment-name.ts';

/** What `networks` of a service becomes: kept networks as they are written, then its segments. */
export interface NetworkWish {
  readonly kept: readonly string[];
  readonly segments: readonly string[];
  /** The user's aliases, carried over to each segment. */
  readonly aliases: readonly string[];
}

export function wishNetworks(
  file: ComposeFile,
  service: ComposeService,
  segments: readonly string[],
  report: Report,
): NetworkWish {
  const declared = new Map(file.networks.map((network) => [network.name, network]));
  const kept: string[] = [];
  const aliases = new Set<string>();
  for (const written of service.networks) {
    const network = declared.get(written.name);
    if (network?.external && !isGenerated(network)) {
      kept.push(written.name);
      const message = `service "${service.name}" stays on the external network "${written.name}": others on it are kept apart by rules only`;
      report.warn(
        'external-network-kept',
        written.origin,
        message,
        'Take it off, if policies cover what it is for.',
      );
      continue;
    }
    for (const alias of written.aliases) aliases.add(alias);
    warnOptions(service, written, report);
  }
  return { kept, segments, aliases: [...aliases] };
}

function warnOptions(
  service: ComposeService,
  { name, options, origin }: ServiceNetwork,
  report: Report,
): void {
  if (options.length === 0) return;
  const message = `${options.join(', ')} of service "${service.name}" on the network "${name}" is left out: segments replace it`;
  report.warn('network-option-dropped', origin, message, "Addresses of segments are Docker's to choose.");
}

/** Written by an earlier `compile`. */
export function isGenerated(network: ComposeNetwork): boolean {
  return network.segment || (network.external && isCrossStackName(network.name));
}

/**
 * On the host's network, or on none: there is no network to put segments in. `network_mode` says neither: a stack
 * deploy ignores it (docker/cli, cli/compose/types/types.go, `UnsupportedProperties`).
 */
export function isUnattached(file: ComposeFile, { networks }: ComposeService): boolean {
  const declared = new Map(file.networks.map((network) => [network.name, network]));
  return networks.some(({ name }) => {
    const real = declared.get(name)?.realName ?? name;
    return (real === 'host' || real === 'none') && declared.get(name)?.external !== false;
  });
}
