import { createHash } from 'node:crypto';
import type { ServiceKey, ServiceLimit } from '../../compose-ext/policy-model.ts';
import type { EndpointOwner } from '../network-policy.ts';
import type { Chain, Field, Program, Rule, SetDeclaration, Statement } from '../nftables/program.ts';
import { programVersion } from '../nftables/version.ts';
import { tell } from '../flows/log-groups.ts';
import { isIp6, type LocalPorts } from '../overlay/local-ports.ts';

export const LIMIT_TABLE = 'swarmwall_limit';

/** After the policy's own table (0): what that drops is not counted here. */
const PRIORITY = 5;
/** One for each address that connects; a network has hardly more. */
const SIZE = 65_536;
/** A peer that was quiet for this long begins with its whole burst again. */
const FORGET_SECONDS = 600;
const FLOWS = { size: 4096, timeoutSeconds: 3600 };
const PORTED = ['6', '17', '132'];
const FAMILIES = [
  { suffix: '', from: 'ip saddr', to: 'ip daddr' },
  { suffix: '6', from: 'ip6 saddr', to: 'ip6 daddr' },
] as const satisfies readonly { suffix: string; from: Field; to: Field }[];

export interface LimitInput {
  readonly limits: ReadonlyMap<ServiceKey, ServiceLimit>;
  readonly endpoints: ReadonlyMap<string, EndpointOwner>;
  /** Of the network on this node. */
  readonly ports: LocalPorts;
}

/**
 * How many connections, and new ones in a time, a limited service takes, in an overlay's namespace. Undefined: none is limited. Each
 * connection is counted on one node: by its peer where it meets the service's address first, a VIP on the client's own node;
 * by its task where the task is, whoever sends.
 */
export function limitProgram(input: LimitInput): Program | undefined {
  if (input.limits.size === 0) return undefined;
  const limits = [...input.limits]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, limit]) => ({ id: idOf(key, limit), key, limit }));
  const sets: SetDeclaration[] = [
    ...FAMILIES.flatMap(({ suffix, from, to }): SetDeclaration[] => [
      { name: `balancers${suffix}`, key: [from] },
      { name: `limited${suffix}`, key: [from, to, 'meta l4proto', 'th dport'], dynamic: FLOWS },
    ]),
    ...limits.flatMap(({ id, limit }) => setsOf(id, limit)),
  ];
  const chains: Chain[] = [
    {
      name: 'forward',
      hook: { name: 'forward', priority: PRIORITY, policy: 'accept' },
      rules: [
        [{ kind: 'is-not', field: 'ct state', values: ['new'] }, ACCEPT],
        [{ kind: 'is', field: 'ct direction', values: ['reply'] }, ACCEPT],
        ...limits.flatMap(({ id }) =>
          FAMILIES.map(({ suffix, to }): Rule => [inSet(to, `to${suffix}_${id}`), goto(`limit_${id}`)]),
        ),
        [ACCEPT],
      ],
    },
    ...limits.map(({ id, limit }) => ({ name: `limit_${id}`, rules: limitRules(id, limit) })),
    { name: 'over', rules: [...OVER, [{ kind: 'count', counter: 'limited' }, { kind: 'drop' }]] },
    ...(limits.some(({ limit }) => limit.mode === 'audit')
      ? [{ name: 'over_counted', rules: [...OVER, [{ kind: 'count', counter: 'limited' }, ACCEPT]] } as const]
      : []),
  ];
  const constants = {
    family: 'inet',
    table: LIMIT_TABLE,
    sets,
    counters: ['limited', 'limited_told'],
    chains,
  } as const;
  return { ...constants, version: programVersion(constants), elements: elementsOf(input, limits) };
}

/** Of the limit too: what was counted under another does not count. */
function idOf(key: ServiceKey, limit: ServiceLimit): string {
  return createHash('sha256')
    .update(JSON.stringify([key, limit]))
    .digest('hex')
    .slice(0, 10);
}

function setsOf(id: string, { per, connections, rate }: ServiceLimit): readonly SetDeclaration[] {
  return FAMILIES.flatMap(({ suffix, from, to }): SetDeclaration[] => {
    const key = [per === 'peer' ? from : to];
    return [
      { name: `to${suffix}_${id}`, key: [to] },
      ...(connections === undefined ? [] : [{ name: `open${suffix}_${id}`, key, dynamic: { size: SIZE } }]),
      ...(rate === undefined
        ? []
        : [{ name: `rate${suffix}_${id}`, key, dynamic: { size: SIZE, timeoutSeconds: FORGET_SECONDS } }]),
    ];
  });
}

const ACCEPT: Statement = { kind: 'accept' };

function limitRules(id: string, { per, connections, rate, mode }: ServiceLimit): readonly Rule[] {
  const over = goto(mode === 'audit' ? 'over_counted' : 'over');
  return [
    // Leg 2 of a VIP: its peer was counted where it sent.
    ...(per === 'peer'
      ? FAMILIES.map(({ suffix, from }): Rule => [inSet(from, `balancers${suffix}`), ACCEPT])
      : []),
    ...FAMILIES.flatMap(({ suffix, from, to }): Rule[] => {
      const fields = [per === 'peer' ? from : to];
      return [
        ...(rate === undefined
          ? []
          : [[{ kind: 'over', set: `rate${suffix}_${id}`, fields, rate } as const, over]]),
        ...(connections === undefined
          ? []
          : [[{ kind: 'over', set: `open${suffix}_${id}`, fields, connections } as const, over]]),
      ];
    }),
    [ACCEPT],
  ];
}

const OVER: readonly Rule[] = [
  ...FAMILIES.map(({ suffix, from, to }): Rule => [
    { kind: 'is', field: 'meta l4proto', values: PORTED },
    { kind: 'record', fields: [from, to, 'meta l4proto', 'th dport'], set: `limited${suffix}` },
  ]),
  tell('limited', 'limited_told'),
];

function elementsOf(
  { endpoints, ports }: LimitInput,
  limits: readonly { readonly id: string; readonly key: ServiceKey; readonly limit: ServiceLimit }[],
): Program['elements'] {
  const sets = new Map<string, Map<string, string>>();
  const place = (set: string, id: string): void => {
    for (const { suffix } of FAMILIES) sets.set(`${set}${suffix}${id}`, new Map());
  };
  place('balancers', '');
  for (const { id } of limits) place('to', `_${id}`);
  const put = (set: string, id: string, address: string): void => {
    sets.get(`${set}${isIp6(address) ? '6' : ''}${id}`)?.set(address, '');
  };
  for (const [address, { kind }] of endpoints) if (kind === 'load-balancer') put('balancers', '', address);
  for (const { addresses } of ports) {
    const owners = addresses.map((address) => endpoints.get(address));
    // Its other addresses are VIPs: what goes there reaches a task by another packet.
    const balancer = owners.some((owner) => owner?.kind === 'load-balancer');
    for (const { id, key, limit } of limits)
      addresses.forEach((address, at) => {
        const owner = owners[at];
        if (owner?.kind === 'service' && owner.service === key && (limit.per === 'peer' || !balancer))
          put('to', `_${id}`, address);
      });
  }
  return sets;
}

function inSet(field: Field, set: string): Statement {
  return { kind: 'in', fields: [field], set };
}

function goto(chain: string): Statement {
  return { kind: 'goto', chain };
}
