import { createServer, type ServerResponse } from 'node:http';
import type { Cluster } from './cluster.ts';

/** Answers as a manager's engine does, with what it is told. */
export interface EngineServer {
  /** From now on these are listed, and an event says that this service changed. */
  change(cluster: Cluster, service: string): void;
  close(): Promise<void>;
}

export async function serveEngine(
  socketPath: string,
  certificates: { readonly node: string; readonly cluster: string },
  first: Cluster,
): Promise<EngineServer> {
  let lists = toLists(first);
  const followers = new Set<ServerResponse>();
  const info = JSON.stringify({
    Name: 'host0',
    ServerVersion: '28.5.2',
    Swarm: {
      NodeID: certificates.node,
      LocalNodeState: 'active',
      ControlAvailable: true,
      RemoteManagers: [{ NodeID: certificates.node, Addr: '127.0.0.1:2377' }],
      Cluster: { ID: certificates.cluster },
    },
  });
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/^\/v[\d.]+/, '').replace(/\?.*/, '');
    response.setHeader('Content-Type', 'application/json');
    if (path === '/events') {
      followers.add(response);
      response.once('close', () => followers.delete(response));
      response.flushHeaders();
      return;
    }
    const answer = path === '/info' ? info : path === '/configs' ? '[]' : lists.get(path);
    if (answer === undefined) response.statusCode = 404;
    response.end(answer ?? '{"message":"not part of this bench"}');
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    change: (cluster, service) => {
      lists = toLists(cluster);
      const event = JSON.stringify({ Type: 'service', Action: 'update', Actor: { ID: service } });
      for (const follower of followers) follower.write(`${event}\n`);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function toLists(cluster: Cluster): ReadonlyMap<string, string> {
  return new Map(Object.entries(cluster).map(([name, list]) => [`/${name}`, JSON.stringify(list)]));
}
