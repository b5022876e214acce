import Dockerode from 'dockerode';
import type { Lab } from './lab.ts';

/** Swarm's name of a service → its virtual IPs, without that of the ingress network; none where DNS alone balances. */
export async function virtualAddresses(lab: Lab): Promise<ReadonlyMap<string, readonly string[]>> {
  const engine = new Dockerode({ socketPath: lab.manager.socketPath });
  const [services, networks] = await Promise.all([engine.listServices(), engine.listNetworks()]);
  const ingress = new Set(networks.filter((network) => network.Ingress).map(({ Id }) => Id));
  return new Map(
    services.map(({ Spec, Endpoint }) => [
      Spec?.Name ?? '',
      (Endpoint?.VirtualIPs ?? []).flatMap(({ NetworkID, Addr }) =>
        NetworkID === undefined || Addr === undefined || ingress.has(NetworkID)
          ? []
          : [Addr.split('/')[0] ?? ''],
      ),
    ]),
  );
}
