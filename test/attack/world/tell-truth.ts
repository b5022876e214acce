import { setTimeout as sleep } from 'node:timers/promises';
import { arp, ethernet, TYPE } from '../packet/ethernet.ts';
import type { Place } from './place.ts';

/** The kernel believes nothing new about a neighbour of whom it heard less than a second ago. */
export const LOCKED = 1_050;

/** After a lie by ARP: `about` says where it really is. */
export async function tellTruth(about: Place, to: Place): Promise<void> {
  await sleep(LOCKED);
  const truth = { mac: about.overlay.mac, ip: about.overlay.address };
  const told = { mac: to.overlay.mac, ip: to.overlay.address };
  const frame = { from: about.overlay.mac, to: to.overlay.mac };
  about.wire.frame(about.overlay.name, ethernet(frame, TYPE.arp, arp('reply', truth, told)));
}
