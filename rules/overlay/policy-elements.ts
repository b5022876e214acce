import type { ServiceKey } from '../../compose-ext/policy-model.ts';
import type {
  Allow,
  EndpointOwner,
  NetworkDelta,
  NetworkPolicy,
  ServiceStance,
  Stance,
} from '../network-policy.ts';
import type { Numbering } from '../numbering.ts';
import type { ElementStore } from '../nftables/element-store.ts';
import { joinKey, spanOf } from './keys.ts';
import { isIp6 } from './local-ports.ts';
import { FROM_LOAD_BALANCER, LOAD_BALANCER, verdictMark } from './marks.ts';
import { createRangeGroups } from './range-groups.ts';

/** Keeps the elements of the inet table in step with one network's policy; each call touches only its own. */
export interface PolicyElements {
  endpoint(address: string, owner: EndpointOwner | undefined): void;
  service(key: ServiceKey, stance: ServiceStance | undefined): void;
  allow(key: string, allow: Allow | undefined): void;
  /** The change that makes the present policy this one. */
  replacedBy(policy: NetworkPolicy): Pick<NetworkDelta, 'endpoints' | 'services' | 'allows'>;
}

export function createPolicyElements(store: ElementStore, numbering: Numbering): PolicyElements {
  const endpoints = new Map<string, EndpointOwner>();
  const stances = new Map<ServiceKey, ServiceStance>();
  const allows = new Map<string, Allow>();
  const ranges = createRangeGroups(store);
  const references = createReferences(numbering);
  /** Allows from anyone on every port: they are their destination's `open` verdict. */
  const openAllows = new Map<ServiceKey, Map<string, number>>();
  /** Of destinations that are open or in audit. */
  const ownVerdicts = new Map<ServiceKey, number>();

  store.put('free', String(LOAD_BALANCER));
  store.put('generic', String(FROM_LOAD_BALANCER));

  function place(key: string, allow: Allow, present: boolean): void {
    const generic = allow.from === '*';
    const to = numbering.identity(allow.to);
    const verdict = verdictMark(numbering.rule(key), { generic, wouldDeny: allow.wouldDeny === true });
    const span = spanOf(allow);
    const maps = generic ? 'any' : 'allow';
    const pair = generic ? String(to) : joinKey(numbering.identity(allow.from), to);
    const set = (name: string, element: string, value = '') => {
      if (present) store.put(name, element, value);
      else store.drop(name, element);
    };
    set(generic ? 'generic' : 'live', String(verdict));
    switch (span.kind) {
      case 'port':
        set(maps, joinKey(pair, span.protocol, span.port), String(verdict));
        break;
      case 'protocol':
        for (const number of span.protocols) set(`${maps}_protocol`, joinKey(pair, number), String(verdict));
        break;
      case 'range':
        if (present) ranges.put(`${maps}_range`, joinKey(pair, span.protocol), key, { ...span, verdict });
        else ranges.drop(`${maps}_range`, joinKey(pair, span.protocol), key);
        break;
      case 'all':
        if (generic) placeOpenAllow(allow.to, key, present ? verdict : undefined);
        else set('allow_all', pair, String(verdict));
    }
  }

  function placeOpenAllow(service: ServiceKey, key: string, verdict: number | undefined): void {
    const verdicts = openAllows.get(service) ?? new Map<string, number>();
    if (verdict === undefined) verdicts.delete(key);
    else verdicts.set(key, verdict);
    if (verdicts.size > 0) openAllows.set(service, verdicts);
    else openAllows.delete(service);
    placeOpen(service);
  }

  /** One verdict for each destination: not isolated, else allowed from anyone, else in audit. */
  function placeOpen(service: ServiceKey): void {
    const identity = String(numbering.identity(service));
    const stance = stances.get(service)?.ingress ?? 'isolated';
    const own = ownVerdict(service, stance);
    const before = ownVerdicts.get(service);
    if (before !== undefined && before !== own) store.drop('generic', String(before));
    if (own === undefined) ownVerdicts.delete(service);
    else {
      ownVerdicts.set(service, own);
      store.put('generic', String(own));
    }
    const allowed = openAllows.get(service)?.values().next().value;
    const verdict = stance === 'open' ? own : (allowed ?? own);
    if (verdict === undefined) store.drop('open', identity);
    else store.put('open', identity, String(verdict));
  }

  function ownVerdict(service: ServiceKey, stance: Stance): number | undefined {
    const rule = `open:${service}`;
    if (stance !== 'isolated')
      return verdictMark(numbering.rule(rule), { generic: true, wouldDeny: stance === 'audit' });
    numbering.releaseRule(rule);
    return undefined;
  }

  return {
    endpoint(address, owner) {
      const old = endpoints.get(address);
      const [ids, ends] = isIp6(address) ? ['ids6', 'ends6'] : ['ids', 'ends'];
      if (owner) {
        endpoints.set(address, owner);
        if (owner.kind === 'service') references.take(owner.service);
        const identity = owner.kind === 'service' ? numbering.identity(owner.service) : LOAD_BALANCER;
        store.put(ids, address, String(identity));
        store.put(ends, joinKey(address, address));
      } else {
        endpoints.delete(address);
        store.drop(ids, address);
        store.drop(ends, joinKey(address, address));
      }
      if (old?.kind === 'service') references.give(old.service);
    },
    service(key, stance) {
      const old = stances.get(key);
      if (stance) {
        stances.set(key, stance);
        references.take(key);
      } else stances.delete(key);
      const identity = String(numbering.identity(key));
      const egress = stance?.egress ?? 'isolated';
      if (egress === 'isolated') store.drop('free', identity);
      else store.put('free', identity);
      if (egress === 'audit') store.put('audited', identity);
      else store.drop('audited', identity);
      placeOpen(key);
      if (old) references.give(key);
      else if (!stance) references.settle(key);
    },
    allow(key, allow) {
      const old = allows.get(key);
      if (old) place(key, old, false);
      if (allow) {
        allows.set(key, allow);
        place(key, allow, true);
        for (const service of servicesOf(allow)) references.take(service);
      } else {
        allows.delete(key);
        numbering.releaseRule(key);
      }
      if (old) for (const service of servicesOf(old)) references.give(service);
    },
    replacedBy: (policy) => ({
      endpoints: { ...gone(endpoints, policy.endpoints), ...policy.endpoints },
      services: { ...gone(stances, policy.services), ...policy.services },
      allows: { ...gone(allows, policy.allows), ...policy.allows },
    }),
  };
}

/** A service's number is kept while an endpoint, a stance or an allow speaks of it. */
function createReferences(numbering: Numbering) {
  const counts = new Map<ServiceKey, number>();
  const settle = (service: ServiceKey): void => {
    if ((counts.get(service) ?? 0) > 0) return;
    counts.delete(service);
    numbering.releaseIdentity(service);
  };
  return {
    take(service: ServiceKey): void {
      counts.set(service, (counts.get(service) ?? 0) + 1);
    },
    give(service: ServiceKey): void {
      counts.set(service, (counts.get(service) ?? 0) - 1);
      settle(service);
    },
    settle,
  };
}

function servicesOf(allow: Allow): readonly ServiceKey[] {
  return allow.from === '*' ? [allow.to] : [allow.from, allow.to];
}

function gone(present: ReadonlyMap<string, unknown>, next: Readonly<Record<string, unknown>>) {
  const keys = [...present.keys()].filter((key) => !Object.hasOwn(next, key));
  return Object.fromEntries(keys.map((key) => [key, null]));
}
