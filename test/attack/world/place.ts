import type { LabNode } from '../../lab/node.ts';
import { Wire, type Link } from '../../lab/wire/wire.ts';

/** A container that we are in: an honest one or the attacker's. */
export interface Place {
  readonly node: LabNode;
  readonly container: string;
  readonly wire: Wire;
  /** On the overlay. */
  readonly overlay: Link;
  /** On docker_gwbridge. */
  readonly gateway: Link;
}

/** By `docker exec`: with the capabilities that the container was given, and no others. */
export async function enter(node: LabNode, container: string, overlayAddress: string): Promise<Place> {
  const argv = node.argv('docker', ['exec', '--interactive', container, 'wire']);
  const wire = await Wire.start('nsenter', argv);
  const own = wire.links.filter(({ address }) => address !== '' && !address.startsWith('127.'));
  const overlay = own.find(({ address }) => address === overlayAddress);
  // Docker's own pools: overlays from 10.0.0.0/8, bridges from 172.16.0.0/12.
  const gateway = own.find(({ address }) => address.startsWith('172.'));
  if (overlay === undefined || gateway === undefined)
    throw new Error(`${container} has ${JSON.stringify(own)}, not ${overlayAddress} and a gateway.`);
  return { node, container, wire, overlay, gateway };
}
