import { revisionOf } from '../../../plugin/policy-store/authz-documents.ts';
import type { LabNode } from '../../lab/node.ts';

const bound = (role: string) => `kind: ClusterRoleBinding
name: socket-${role}
role: { kind: ClusterRole, name: ${role} }
subjects: [{ kind: LocalSocket }]
`;

/** The local socket may do everything but what the network policy rests on; all workloads are judged. */
export const GUARDED = [
  `kind: ClusterRole
name: worker
rules:
  - verbs: ["*"]
    resources: [build, configs, containers, "containers/*", distribution, images, "images/*", networks, nodes,
      plugins, secrets, services, session, swarm, system/info, tasks, volumes]
`,
  bound('worker'),
  'kind: AdmissionPolicy\nname: everybody\nlevel: baseline\n',
  'kind: AdmissionPolicy\nname: strict\nlevel: restricted\nmatch: { stacks: [strict] }\n',
  `kind: AdmissionPolicy
name: pinned
level: baseline
match: { stacks: [pinned] }
images: { registries: [docker.io/swarmwall/*], require: tag }
require: { memoryLimit: true }
`,
  `kind: AdmissionPolicy
name: selected
level: privileged
match: { stacks: [selected] }
require: { networkPolicy: true, encryptedNetwork: true }
`,
];

/** The same wishes are for whoever may: an administrator with the glass broken, and no admission. */
export const ALLOWED = [bound('cluster-admin'), bound('break-glass')];

/** As an agent keeps them on its node. */
export function writePolicies(node: LabNode, texts: readonly string[]): void {
  const documents = texts.map((text, index) => ({ file: `doc-${index}`, text }));
  const kept = { version: 1, revision: revisionOf(documents), documents };
  node.writeFile('/var/lib/swarmwall/authz-policy.json', JSON.stringify(kept));
}
