import { loadPolicies, type PolicyDocument } from '../../../../compose-ext/index.ts';

export function policy(name: string, { port = 22, action = 'Deny', group = '' } = {}): string {
  const peer = group === '' ? 'any: true' : `group: ${group}`;
  return `kind: ClusterPolicy\nname: ${name}\ntier: Admin\npriority: 10\ningress:\n  - { action: ${action}, from: [{ ${peer} }], ports: [{ port: ${port} }] }\n`;
}

export function group(name: string, ...cidrs: readonly string[]): string {
  return `kind: CIDRGroup\nname: ${name}\ncidrs: [${cidrs.join(', ')}]\n`;
}

export function documents(...texts: readonly string[]): readonly PolicyDocument[] {
  return loadPolicies(texts.map((text, at) => ({ file: `${at}.yaml`, text }))).documents;
}
