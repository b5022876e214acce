import type { Plain } from '../../emit/node-building.ts';
import type { ComposeService } from '../../load/compose-file.ts';
import type { Labels, ServiceModel, ServicePort } from '../../policy-model.ts';
import type { ExportNames } from './export-names.ts';

export interface ExportedService {
  readonly service: ServiceModel;
  /** As the file has it: its image, its replicas. */
  readonly written: ComposeService | undefined;
  /** Those that Kubernetes takes. */
  readonly labels: Labels;
}

export function exportWorkload({ service, written, labels }: ExportedService, names: ExportNames): Plain {
  const { stack, name } = service;
  const own = names.workloadOf(stack, name);
  const identity = { [names.serviceLabel]: own };
  const ports = exportPorts(service.ports, names);
  const replicas = written?.global ? undefined : written?.replicas;
  return {
    apiVersion: 'apps/v1',
    kind: written?.global ? 'DaemonSet' : 'Deployment',
    metadata: { name: own, namespace: names.namespaceOf(stack) },
    spec: {
      ...(replicas !== undefined && { replicas }),
      selector: { matchLabels: identity },
      template: {
        metadata: { labels: { ...labels, ...identity } },
        spec: {
          ...(written?.networkMode === 'host' && { hostNetwork: true }),
          // Compose calls what it builds by project and service.
          containers: [
            {
              name: own,
              image: written?.runtime.image?.value ?? `${stack}-${name}`.toLowerCase(),
              ...(ports.length > 0 && { ports }),
            },
          ],
        },
      },
    },
  };
}

/** What the service publishes through the routing mesh; undefined: nothing. */
export function exportPublished(
  service: ServiceModel,
  objectName: string,
  names: ExportNames,
): Plain | undefined {
  const ports = new Map<string, Plain>();
  for (const { protocol, target, published = target, mode } of service.ports) {
    if (mode !== 'ingress') continue;
    const name = `${protocol}-${published}`;
    ports.set(name, { name, port: published, targetPort: target, protocol: protocol.toUpperCase() });
  }
  if (ports.size === 0) return undefined;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: objectName, namespace: names.namespaceOf(service.stack) },
    spec: {
      type: 'LoadBalancer',
      selector: { [names.serviceLabel]: names.workloadOf(service.stack, service.name) },
      ports: [...ports.values()],
    },
  };
}

function exportPorts(ports: readonly ServicePort[], names: ExportNames): readonly Plain[] {
  const given = names.ports.ofService(ports);
  const written = new Map<string, Plain>();
  ports.forEach(({ protocol, target, published, mode, name }, index) => {
    // A number published twice, or named and published apart, is one port of the container for each name.
    const plain =
      name === undefined &&
      ports.some((each) => each.name !== undefined && each.target === target && each.protocol === protocol);
    if (plain || (name !== undefined && given[index] === undefined)) return;
    const key = `${protocol} ${target} ${given[index] ?? ''}`;
    if (written.has(key)) return;
    written.set(key, {
      ...(given[index] !== undefined && { name: given[index] }),
      containerPort: target,
      protocol: protocol.toUpperCase(),
      ...(mode === 'host' && published !== undefined && { hostPort: published }),
    });
  });
  return [...written.values()];
}
