import type { Allow } from '../../../rules/network-policy.ts';
import { createNumbering } from '../../../rules/numbering.ts';
import type { LocalPorts } from '../../../rules/overlay/local-ports.ts';
import { createOverlay, type Overlay } from '../../../rules/overlay/overlay.ts';
import { plan } from '../../../rules/plan.ts';
import { arrivals } from './arrivals.ts';
import type { OverlayLab, Role } from './overlay-lab.ts';
import { overlaySuite } from './overlay-suite.ts';
import { policyOfRoles } from './policy-of-roles.ts';
import { ethernet, sendFrame } from './raw-packets.ts';

const ETHERTYPE = { address: 0x0800, address6: 0x86dd } as const;

/** A service of its own for each endpoint, isolated both ways but for what is allowed, and packets of one family between them. */
export interface IsolatedOverlay {
  readonly lab: OverlayLab;
  load(allows: readonly Allow[], guard?: LocalPorts): Overlay;
  /** Their addresses of this family. */
  ends(from: Role, to: Role): { readonly from: string; readonly to: string };
  /** Sends it in a frame between their MACs. */
  send(from: Role, to: Role, packet: Uint8Array): () => void;
  /** Each sent again and again; the texts of those that were seen at the interface of `at`, sorted. */
  seen(at: Role, sends: Readonly<Record<string, () => void>>): Promise<readonly string[]>;
}

/** To be called in a suite: made before its tests, empty before each. */
export function isolatedOverlay(family: 'IPv4' | 'IPv6'): IsolatedOverlay {
  const kind = family === 'IPv4' ? 'address' : 'address6';
  let lab: OverlayLab;

  overlaySuite((made) => (lab = made));

  return {
    get lab() {
      return lab;
    },
    load: (allows, guard = lab.ports) => {
      const policy = policyOfRoles({
        roles: ['a', 'b', 'c', 'd'],
        addressesOf: (role) => [lab.endpoints[role].address],
        stance: { ingress: 'isolated', egress: 'isolated' },
        allows: Object.fromEntries(allows.map((allow, index) => [`allow${index}`, allow])),
      });
      const overlay = createOverlay({ policy, numbering: createNumbering(), guard });
      lab.apply(plan(overlay.program(), lab.observe()));
      return overlay;
    },
    ends: (from, to) => ({ from: lab.endpoints[from][kind], to: lab.endpoints[to][kind] }),
    send: (from, to, packet) => {
      const [source, target] = [lab.endpoints[from], lab.endpoints[to]];
      return () => {
        sendFrame(source.namespace, ethernet({ from: source.mac, to: target.mac }, ETHERTYPE[kind], packet));
      };
    },
    seen: async (at, sends) => (await arrivals(lab.endpoints[at].namespace, sends)).toSorted(),
  };
}

/** The ports with their IPv6 addresses. */
export function portsOfBoth(lab: OverlayLab): LocalPorts {
  return lab.ports.map(({ port, mac, addresses }) => {
    const own = Object.values(lab.endpoints).find((endpoint) => endpoint.port === port);
    return { port, mac, addresses: [...addresses, own?.address6 ?? ''] };
  });
}
