import type { Position } from './diagnostic.ts';
import { labelPolicy } from './label/label-policy.ts';
import type { ComposeFile, PeerReference } from './load/compose-file.ts';
import { suggest } from './nearest.ts';
import type { Peer, Policy, PolicyModel, Selector, StackModel } from './policy-model.ts';
import type { Report } from './report.ts';
import { matchesSelector } from './selector.ts';

/** Names that mean something else in a label: such a service is written as stack/service. */
const RESERVED = new Set(['world', 'any', 'none', 'stack', 'group']);
/** What else a misspelt service may have been meant to be. */
const WORDS = ['world', 'any', 'none'];

/** What policies refer to, against the stacks that are known; other stacks may exist in the cluster. */
export function checkReferences(files: readonly ComposeFile[], model: PolicyModel, report: Report): void {
  const stacks = new Map(model.stacks.map((stack) => [stack.name, stack]));
  const own = new Set(files.map(({ stack }) => stack));
  for (const stack of model.stacks.filter(({ name }) => own.has(name))) {
    const ofLabels = new Set(
      stack.policies.flatMap(({ name, target }) => (target.kind === 'service' ? name : [])),
    );
    for (const policy of stack.policies) {
      if (policy.target.kind === 'selector' && ofLabels.has(policy.name)) {
        const message = `"${policy.name}" is already the name of a label's policy`;
        report.error('duplicate-policy', policy.origin, message, 'Rename the policy.');
      }
      checkTarget(policy, stack, report);
    }
    checkNamedPorts(stack, report);
  }
  // A profile may take them in, so they are no mistake.
  const inactive = new Map(files.map((file) => [file.stack, new Set(file.inactive)]));
  for (const file of files) {
    const stack = stacks.get(file.stack);
    warnReservedNames(file, report);
    if (stack === undefined) continue;
    for (const { peer, origin } of [...labelReferences(file), ...file.references]) {
      const left = peer.kind === 'service' ? inactive.get(peer.stack) : undefined;
      if (peer.kind === 'service' && left?.has(peer.service)) continue;
      checkPeer(peer, origin, stack, stacks, report);
    }
  }
}

/** Also of labels with a mistake in them, which allow nothing in the model. */
function labelReferences({ stack, services }: ComposeFile): PeerReference[] {
  return services.flatMap(({ name: service, annotations }) =>
    (['ingress', 'egress'] as const).flatMap((direction) => {
      const annotation = annotations[direction];
      if (annotation === undefined) return [];
      const { parsed, origin, entryOrigins } = annotation;
      const input = { stack, service, direction, entries: parsed.entries, origin, entryOrigins };
      return labelPolicy(input)[direction].flatMap((rule) =>
        rule.peers.map((peer) => ({ peer, origin: rule.origin })),
      );
    }),
  );
}

function checkTarget(policy: Policy, stack: StackModel, report: Report): void {
  if (policy.target.kind !== 'selector') return;
  const selector = policy.target.services;
  if (stack.services.some((service) => matchesSelector(selector, service.labels))) return;
  const message = `the policy "${policy.name}" selects no service of the stack "${stack.name}"`;
  report.warn('selects-nothing', policy.origin, message, labelHint(selector, [stack]));
}

function checkPeer(
  peer: Peer,
  origin: Position,
  own: StackModel,
  stacks: ReadonlyMap<string, StackModel>,
  report: Report,
): void {
  if (peer.kind === 'service') {
    const stack = stacks.get(peer.stack);
    const names = stack?.services.map(({ name }) => name) ?? [];
    if (stack === undefined || names.includes(peer.service)) return;
    const message = `the stack "${stack.name}" has no service "${peer.service}"`;
    const candidates = stack === own ? [...names, ...WORDS] : names;
    report.error('unknown-service', origin, message, suggest(peer.service, candidates, servicesHint(names)));
  } else if (peer.kind === 'selector' && peer.stacks === undefined && peer.services !== undefined) {
    const selector = peer.services;
    if (own.services.some((service) => matchesSelector(selector, service.labels))) return;
    const message = `no service of the stack "${own.name}" has these labels`;
    report.warn('selects-nothing', origin, message, labelHint(selector, [own]));
  }
}

function servicesHint(names: readonly string[]): string {
  return names.length === 0 ? '' : `Its services: ${names.slice(0, 10).join(', ')}.`;
}

/** A selector usually misses by one letter. */
function labelHint(selector: Selector, stacks: readonly StackModel[]): string {
  const services = stacks.flatMap((stack) => stack.services);
  const wanted = Object.entries(selector.matchLabels).map(([key, value]) => `${key}=${value}`);
  const present = new Set(
    services.flatMap(({ labels }) => Object.entries(labels).map(([k, v]) => `${k}=${v}`)),
  );
  const missing = wanted.find((label) => !present.has(label));
  return missing === undefined ? '' : suggest(missing, present, 'Are the labels in deploy.labels?');
}

/** Only when the peer whose port it is is known and declares names or ports without that one. */
function checkNamedPorts(stack: StackModel, report: Report): void {
  for (const policy of stack.policies) {
    const { target } = policy;
    const targets = stack.services.filter((service) =>
      target.kind === 'service'
        ? service.name === target.service
        : matchesSelector(target.services, service.labels),
    );
    if (targets.length === 0) continue;
    const known = new Set(targets.flatMap(({ ports }) => ports.flatMap(({ name }) => name ?? [])));
    for (const rule of policy.ingress) {
      for (const { port } of rule.ports) {
        if (typeof port !== 'string' || known.has(port)) continue;
        const message = `no selected service has a port named "${port}", so the rule allows nothing by it`;
        const hint = suggest(port, known, 'Name it in ports: { target: 80, name: http }.');
        report.warn('unknown-named-port', rule.origin, message, hint);
      }
    }
  }
}

function warnReservedNames({ annotated, services, stack }: ComposeFile, report: Report): void {
  for (const { name, origin } of annotated ? services : []) {
    if (!RESERVED.has(name)) continue;
    const message = `in a label "${name}" is a word of the language, not this service`;
    report.warn('reserved-service-name', origin, message, `Refer to it as ${stack}/${name}.`);
  }
}
