import type { Peer } from '../policy-model.ts';

/** For messages. */
export function describePeer(peer: Peer, ownStack: string): string {
  switch (peer.kind) {
    case 'service':
      return peer.stack === ownStack ? `"${peer.service}"` : `"${peer.stack}/${peer.service}"`;
    case 'selector':
      return 'the selected services';
    case 'ipBlock':
      return peer.cidr;
    case 'group':
      return `the group "${peer.group}"`;
    case 'name':
      return peer.name;
    case 'world':
    case 'any':
      return `"${peer.kind}"`;
  }
}
