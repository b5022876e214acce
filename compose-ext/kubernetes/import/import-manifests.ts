import type { Diagnostic } from '../../diagnostic.ts';
import type { Plain } from '../../emit/node-building.ts';
import { STACK_NAME_LABEL } from '../../label/label-policy.ts';
import type { Policy, PolicyRule, ServiceKey, ServiceModel, StackModel } from '../../policy-model.ts';
import { serviceKey } from '../../reach.ts';
import { createReport, sortDiagnostics, type Report } from '../../report.ts';
import { MAX_FILE_LENGTH } from '../../syntax/read-document.ts';
import { askedStackLabels } from '../export/export-names.ts';
import type { Frontend, ManifestCluster } from '../manifest.ts';
import { withWorld } from '../world-mark.ts';
import { blockMembers } from './block-members.ts';
import { composeText, type Originated } from './compose-text.ts';
import { extensionPolicy } from './extension-policy.ts';
import { importService } from './import-service.ts';
import { assignServiceNames } from './service-names.ts';

export interface ImportOptions {
  /** Whether an ipBlock means a workload by its own address (`status.podIP`); default true, as in Kubernetes. */
  readonly ipBlockWorkloads?: boolean;
}

export interface ImportedStack {
  readonly stack: string;
  /** Compose text. */
  readonly text: string;
}

export interface Imported {
  readonly stacks: readonly ImportedStack[];
  /** What each workload is called now, as `stack/service`. */
  readonly renamed: ReadonlyMap<ServiceKey, ServiceKey>;
  /** With errors the texts would mean something else than the manifests, and must not be used. */
  readonly diagnostics: readonly Diagnostic[];
}

interface Job {
  readonly cluster: ManifestCluster;
  /** Whose blocks matter; empty: none's. */
  readonly addresses: ManifestCluster['addresses'];
  readonly names: ReadonlyMap<ServiceKey, string>;
  readonly report: Report;
}

/** A Compose file for each namespace, which says the same of who may talk to whom. */
export function importManifests(
  cluster: ManifestCluster,
  { ipBlockWorkloads = true }: ImportOptions = {},
): Imported {
  const report = createReport();
  const { stacks } = cluster.model;
  const names = new Map(stacks.flatMap((stack) => [...assignServiceNames(stack, report)]));
  const job: Job = { cluster, addresses: ipBlockWorkloads ? cluster.addresses : new Map(), names, report };
  for (const frontend of cluster.frontends) warnOfFrontend(frontend, report);
  const nameAsked = askedStackLabels(cluster.model).has('name');
  const imported = stacks.map((stack) => importStack(stack, nameAsked, job));
  const renamed = [...names].map(
    ([key, name]) => [key, serviceKey(key.slice(0, key.indexOf('/')), name)] as const,
  );
  return {
    stacks: imported,
    renamed: new Map(renamed),
    diagnostics: sortDiagnostics(report.diagnostics),
  };
}

/** Swarm gives each service a name and an address of its own; a Service may have another name, and publish. */
function warnOfFrontend({ name, type, origin }: Frontend, report: Report): void {
  const hint =
    type === 'NodePort' || type === 'LoadBalancer'
      ? 'Publish its ports under "ports" of the service behind it.'
      : 'Where it is called otherwise than the service behind it, add a network alias, or use that name.';
  report.warn('not-imported', origin, `the Service ${name} (${type}) is left out`, hint);
}

function importStack(stack: StackModel, nameAsked: boolean, job: Job): ImportedStack {
  const { name, origin, labels } = stack;
  const own = Object.entries(labels).filter(([key]) => key !== STACK_NAME_LABEL);
  const nameless = nameAsked && !Object.hasOwn(labels, 'name');
  const settings: { readonly [key: string]: Plain } = {
    // In Kubernetes only policies isolate.
    default: { ingress: 'allow', egress: 'allow' },
    ...(nameless && { nameLabel: false }),
    ...(own.length > 0 && { labels: Object.fromEntries(own) }),
  };
  const text = composeText({
    stack: name,
    origin,
    services: stack.services.map((service) => readOriginated(service, job)),
    settings,
    policies: stack.policies.map((policy): Originated => ({
      value: extensionPolicy(importPolicy(policy, job)),
      what: 'NetworkPolicy',
      origin: policy.origin,
    })),
  });
  if (text.length > MAX_FILE_LENGTH) {
    const message = `the Compose file of "${name}" would have ${text.length} characters; ${MAX_FILE_LENGTH} are read at most`;
    job.report.error('file-too-large', origin, message, 'Divide the namespace.');
  }
  return { stack: name, text };
}

function readOriginated(service: ServiceModel, { cluster, names, report }: Job) {
  const key = serviceKey(service.stack, service.name);
  const detail = cluster.workloads.get(key);
  return {
    name: names.get(key) ?? service.name,
    value: importService(service, detail, report),
    what: `${detail?.kind ?? 'Workload'} ${detail?.name ?? service.name}`,
    origin: service.origin,
  };
}

function importPolicy(policy: Policy, job: Job): Policy {
  const mark = job.cluster.worlds.get(`${policy.stack}/${policy.name}`);
  const read = (rule: PolicyRule): PolicyRule => ({
    ...rule,
    peers: [...withWorld(rule.peers, mark), ...membersOf(rule, job)],
  });
  return { ...policy, ingress: policy.ingress.map(read), egress: policy.egress.map(read) };
}

/** Only what the rule's other peers need not mean anyway is worth a peer; they may say it twice. */
function membersOf(rule: PolicyRule, { addresses, names, report }: Job): PolicyRule['peers'] {
  return blockMembers(rule, addresses).map((key) => {
    const stack = key.slice(0, key.indexOf('/'));
    const message = `a block holds the address of ${key}, so the rule names the service too`;
    report.warn('block-means-service', rule.origin, message, 'A Compose service has no address of its own.');
    return { kind: 'service', stack, service: names.get(key) ?? key.slice(stack.length + 1) };
  });
}
