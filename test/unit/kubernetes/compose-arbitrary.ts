import fc from 'fast-check';

/** Compose files whose names, labels and ports are of every kind that Kubernetes takes, and of those it does not. */
export const STACKS = ['shop', 'My_Shop', 'my-shop'] as const;
const SERVICES = ['web', 'Web', 'api.v1', '1st'] as const;
/** Those that a label can name. */
const LABELLED = ['web', 'Web', '1st'] as const;

type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json };
type JsonMap = Readonly<Record<string, Json>>;
const some = (parts: Readonly<Record<string, Json | undefined>>): JsonMap =>
  Object.fromEntries(
    Object.entries(parts).filter((entry): entry is [string, Json] => entry[1] !== undefined),
  );
const maybe = <T extends Json>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

const key = fc.constantFrom('app', 'tier');
const value = fc.constantFrom('a', 'b');
const labels = fc.dictionary(key, value, { maxKeys: 2, noNullPrototype: true });
const stackName = fc.constantFrom(...STACKS);

const selectorOf = (keys: fc.Arbitrary<string>, values: fc.Arbitrary<string>): fc.Arbitrary<JsonMap> =>
  fc
    .record({
      matchLabels: maybe(fc.dictionary(keys, values, { maxKeys: 1, noNullPrototype: true })),
      matchExpressions: maybe(
        fc.array(
          fc.oneof(
            fc.record({
              key: keys,
              operator: fc.constantFrom('In', 'NotIn'),
              values: values.map((one) => [one]),
            }),
            fc.record({ key: keys, operator: fc.constantFrom('Exists', 'DoesNotExist') }),
          ),
          { maxLength: 1 },
        ),
      ),
    })
    .map(some);
const serviceSelector = selectorOf(key, value);
const stackSelector = selectorOf(
  fc.constantFrom('name', 'team', 'kubernetes.io/metadata.name'),
  fc.constantFrom(...STACKS, 'ops', 'MY_SHOP'),
);

const peer: fc.Arbitrary<JsonMap> = fc.oneof(
  fc.record({ serviceSelector }),
  fc.record({ stackSelector }),
  fc.record({ serviceSelector, stackSelector }),
  fc.tuple(stackName, fc.constantFrom(...SERVICES)).map(([stack, name]) => ({ service: `${stack}/${name}` })),
  fc.constantFrom(...SERVICES).map((service) => ({ service })),
  fc.constant({ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }),
  fc.constant({ world: true }),
);
const protocol = fc.constantFrom('TCP', 'UDP', 'SCTP');
const portName = fc.constantFrom('http', 'HTTP', 'dns');
const port: fc.Arbitrary<JsonMap> = fc.oneof(
  fc
    .record({
      port: fc.oneof(fc.constantFrom(79, 80), portName, fc.constant('nosuch')),
      protocol: maybe(protocol),
    })
    .map(some),
  fc.record({ port: fc.constant(79), endPort: fc.constantFrom(80, 65535), protocol }),
  fc.record({ protocol }),
);
const rules = (peers: 'from' | 'to') =>
  maybe(
    fc.array(
      fc
        .record({
          [peers]: maybe(fc.array(peer, { maxLength: 2 })),
          ports: maybe(fc.array(port, { maxLength: 2 })),
        })
        .map(some),
      { maxLength: 2 },
    ),
  );
const policy = fc
  .record({
    serviceSelector: maybe(serviceSelector),
    policyTypes: maybe(fc.constantFrom<readonly string[]>(['Ingress'], ['Egress'], ['Ingress', 'Egress'])),
    ingress: rules('from'),
    egress: rules('to'),
  })
  .map(some);

const entry = fc
  .tuple(
    fc.oneof(
      fc.constantFrom<string>(
        ...LABELLED,
        'My_Shop/web',
        'shop/Web',
        '{app=a}',
        '{!tier}',
        'my-shop/{app}',
        'stack:My_Shop',
      ),
      fc.constantFrom('world', 'any', '10.0.0.0/8!10.1.0.0/16', '[2001:db8::/32]'),
    ),
    fc.constantFrom('', ':80', ':http', ':HTTP,dns/udp', ':79-80/sctp'),
  )
  .map(([who, ports]) => `${who}${ports}`);
const label = fc.oneof(
  fc.constant('none'),
  fc.array(entry, { minLength: 1, maxLength: 2 }).map((all) => all.join(' ')),
);

const service = fc
  .record({
    labels,
    ingress: maybe(label),
    egress: maybe(label),
    note: maybe(fc.constant('not what Kubernetes takes')),
    global: fc.boolean(),
    publishes: fc.boolean(),
    expose: fc.boolean(),
    ports: fc.array(fc.record({ name: portName, port: fc.constantFrom(79, 80, 81), protocol }), {
      maxLength: 3,
    }),
  })
  .map(({ labels: own, ingress, egress, note, global, publishes, expose, ports }) =>
    some({
      image: 'i',
      ports: publishes ? ['8080:80', '8081:80'] : undefined,
      expose: expose ? ['79/udp'] : undefined,
      deploy: {
        ...(global && { mode: 'global' }),
        labels: some({ ...own, note, 'swarmwall.ingress': ingress, 'swarmwall.egress': egress }),
      },
      'x-swarmwall': ports.length > 0 ? { ports } : undefined,
    }),
  );

const action = fc.constantFrom('allow', 'deny');
const stack = fc
  .record({
    services: fc.tuple(...SERVICES.map(() => service)),
    defaults: maybe(fc.record({ ingress: action, egress: action })),
    labels: maybe(
      fc.dictionary(fc.constantFrom('team', 'name'), fc.constantFrom('ops', 'shop'), {
        noNullPrototype: true,
      }),
    ),
    nameLabel: maybe(fc.boolean()),
    policies: fc.array(policy, { maxLength: 3 }),
  })
  .map(({ services, defaults, labels: ofStack, nameLabel, policies }) => ({
    services: Object.fromEntries(SERVICES.map((name, index) => [name, services[index] ?? {}])),
    'x-swarmwall': some({
      default: defaults,
      labels: ofStack,
      nameLabel,
      policies: policies.map((each, index) => ({
        name: index === 0 ? 'default-deny' : `P_${index}`,
        ...each,
      })),
    }),
  }));
/** A stack that nobody has annotated. */
const plain = fc.constant({
  services: Object.fromEntries(SERVICES.map((name) => [name, { image: 'i', labels: { app: 'a' } }])),
});

/** A text for each of STACKS. */
export const composeFiles = fc
  .tuple(...STACKS.map(() => fc.oneof({ weight: 4, arbitrary: stack }, { weight: 1, arbitrary: plain })))
  .map((all) => all.map((each) => JSON.stringify(each, null, 1)));
