import fc from 'fast-check';
import { allowKey, type Allow, type NetworkPolicy, type Stance } from '../../rules/network-policy.ts';

const SERVICES = ['s/a', 's/b', 's/c', 't/d'] as const;
const ADDRESSES = ['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5', '10.0.0.6', 'fd00::2', 'fd00::3'] as const;

export const PROBES = {
  // And two that no policy knows.
  addresses: [...ADDRESSES, '10.0.0.99', 'fd00::99'],
  protocols: ['tcp', 'udp', 'sctp'] as const,
  ports: [1, 79, 80, 81, 443, 1024, 2000, 65535],
};

const service = fc.constantFrom(...SERVICES);
const stance = fc.constantFrom<Stance>('open', 'isolated', 'audit');
const port = fc.constantFrom(79, 80, 81, 443, 1024, 1999, 2000, 65535);

const span = fc.oneof(
  fc.record({ protocol: fc.constantFrom(...PROBES.protocols), port }),
  fc
    .record({
      protocol: fc.constantFrom(...PROBES.protocols),
      port,
      more: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2000 })),
    })
    .map(({ more, port: first, ...rest }) => ({
      ...{ ...rest, port: first, endPort: Math.min(65535, first + more) },
    })),
  fc.record({ protocol: fc.constantFrom(...PROBES.protocols) }),
  fc.constant({ protocol: 'any' as const }),
);

const allow: fc.Arbitrary<Allow> = fc
  .record({ from: fc.oneof({ weight: 3, arbitrary: service }, fc.constant('*')), to: service, span })
  .map(({ from, to, span: ports }) => ({ from, to, ...ports }));

/** What a calculator may hand out, but for would-deny allows, which never overlap real ones there. */
export const networkPolicy: fc.Arbitrary<NetworkPolicy> = fc
  .record({
    owners: fc.dictionary(
      fc.constantFrom(...ADDRESSES),
      fc.oneof({ weight: 5, arbitrary: service }, fc.constant('')),
    ),
    services: fc.dictionary(service, fc.record({ ingress: stance, egress: stance })),
    allows: fc.array(allow, { maxLength: 8 }),
    wouldDeny: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
  })
  .map(({ owners, services, allows, wouldDeny }) => {
    // `*` is only for what is isolated; would-deny is all or nothing for a pair here.
    const kept = allows.filter(
      ({ from, to }) => from !== '*' || (services[to]?.ingress ?? 'isolated') === 'isolated',
    );
    const marked = kept.map((each): Allow => {
      const pair = SERVICES.indexOf(each.from as never) * 2 + SERVICES.indexOf(each.to as never);
      return each.from !== '*' && wouldDeny[pair % 8] ? { ...each, wouldDeny: true } : each;
    });
    return {
      network: { id: 'n', name: 'n', subnets: ['10.0.0.0/24'], encrypted: false, ingress: false },
      endpoints: Object.fromEntries(
        Object.entries(owners).map(([address, owner]) => [
          address,
          owner === ''
            ? { kind: 'load-balancer' as const, node: 'n1' }
            : { kind: 'service' as const, service: owner },
        ]),
      ),
      services,
      allows: Object.fromEntries(marked.map((each) => [allowKey(each), each])),
    };
  });
