import { readFileSync } from 'node:fs';
import Docker from 'dockerode';
import { Fault } from '../fault.ts';
import type { RawConfig } from '../docker/engine-data.ts';
import { listPolicyConfigs } from '../docker/list-policy-configs.ts';
import { SEGMENT_LABEL } from '../docker/network-mapper.ts';
import { ownCallHeaders } from '../docker/own-calls.ts';
import type { DockerEndpoint } from './docker-endpoint.ts';
import type { FullConfig, FullNetwork, FullService, Swarm } from './swarm.ts';

function optionsFor(endpoint: DockerEndpoint, ownCallSecret: string | undefined): Docker.DockerOptions {
  if (endpoint.kind === 'socket')
    return { socketPath: endpoint.path, headers: ownCallHeaders(ownCallSecret) };
  const { url, certificates } = endpoint;
  if (url.protocol === 'ssh:')
    return {
      protocol: 'ssh',
      host: url.hostname,
      port: url.port || 22,
      ...(url.username ? { username: url.username } : {}),
      ...(process.env['SSH_AUTH_SOCK'] ? { sshOptions: { agent: process.env['SSH_AUTH_SOCK'] } } : {}),
    };
  const secure = certificates !== undefined || url.protocol === 'https:';
  return {
    host: url.hostname,
    port: url.port || (secure ? 2376 : 2375),
    protocol: secure ? 'https' : 'http',
    ...(certificates
      ? {
          ca: readFileSync(certificates.ca),
          cert: readFileSync(certificates.cert),
          key: readFileSync(certificates.key),
        }
      : {}),
  };
}

async function ask<T>(call: () => Promise<unknown>): Promise<T> {
  try {
    return (await call()) as T;
  } catch (error) {
    const { statusCode, message, json } = error as {
      statusCode?: number;
      message: string;
      json?: { message?: string };
    };
    if (statusCode === undefined)
      throw new Fault('docker-unavailable', `Docker does not answer: ${message}`, { cause: error });
    throw new Fault('docker-failed', `Docker: ${json?.message ?? message}`, {
      cause: error,
      data: { status: statusCode },
    });
  }
}

/** With a secret, its calls over the local socket are marked as Swarmwall's own. */
export function connectSwarm(endpoint: DockerEndpoint, ownCallSecret?: string): Swarm {
  const docker = new Docker(optionsFor(endpoint, ownCallSecret));
  return {
    info: () => ask(() => docker.info()),
    services: () => ask<readonly FullService[]>(() => docker.listServices()),
    service: (id) => ask<FullService>(() => docker.getService(id).inspect()),
    networks: () => ask<readonly FullNetwork[]>(() => docker.listNetworks()),
    createNetwork: async ({ name, encrypted, internal }) => {
      const made = await ask<{ readonly id: string }>(() =>
        docker.createNetwork({
          Name: name,
          Driver: 'overlay',
          Internal: internal,
          // Docker looks only at whether the option is there.
          Options: encrypted ? { encrypted: '' } : {},
          Labels: { [SEGMENT_LABEL]: '1' },
        }),
      );
      return made.id;
    },
    policyConfigs: () => ask<readonly RawConfig[]>(() => listPolicyConfigs(docker)),
    createConfig: async ({ name, labels, data }) => {
      const made = await ask<{ readonly ID?: string; readonly id?: string }>(() =>
        docker.createConfig({
          Name: name,
          Labels: labels,
          Data: Buffer.from(data, 'utf8').toString('base64'),
        }),
      );
      return made.id ?? made.ID ?? name;
    },
    labelConfig: async (id, label, value) => {
      const config = docker.getConfig(id);
      const { Version, Spec } = await ask<FullConfig>(() => config.inspect());
      const labelled = { ...Spec, Labels: { ...Spec?.Labels, [label]: value } };
      await ask(() => config.update({ ...labelled, version: Version?.Index ?? 0 }));
    },
    removeConfig: (id) => ask(() => docker.getConfig(id).remove()),
    updateService: (id, version, spec) => ask(() => docker.getService(id).update({ ...spec, version })),
  };
}
