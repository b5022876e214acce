import type { ApiRequest, JsonObject } from '../api-request.ts';
import type { Objection } from '../decision.ts';
import { nameOf } from '../match-word.ts';
import { findGrant, type RolesAndBindings } from '../roles/find-grant.ts';
import type { ServiceFact, Surroundings } from '../surroundings.ts';
import { containerLabelNeeds, serviceLabelNeeds } from './label-needs.ts';
import type { Need } from './need.ts';
import {
  configNeeds,
  containerNeeds,
  pluginNeeds,
  serviceNeeds,
  volumeNeeds,
  volumesFromNeeds,
  volumesNamed,
} from './own-needs.ts';
import {
  attachmentNeeds,
  containerSegmentNeeds,
  networkNeeds,
  serviceSegmentNeeds,
} from './segment-needs.ts';

type Finder = (request: ApiRequest, around: Surroundings) => Promise<readonly Need[]>;

const ofContainer: Finder = async (request, around) => [
  ...containerLabelNeeds(request),
  ...(await containerSegmentNeeds(request, around)),
  ...volumeNeeds(volumesNamed(request.body)),
  ...(await volumesFromNeeds(request, around)),
];

const ofService: Finder = async (request, around) => {
  const { operation, body } = request;
  const current = operation.id === 'ServiceCreate' ? undefined : await around.service(operation.name ?? '');
  const specs = [body, ...rolledBack(request, current)];
  const needs = specs.map(async (spec) => [
    ...serviceLabelNeeds(spec, current),
    ...(await serviceSegmentNeeds(spec, current, around)),
    ...volumeNeeds(volumesNamed(spec)),
  ]);
  return [...serviceNeeds(request, current), ...(await Promise.all(needs)).flat()];
};

/** A rollback ignores the body; what it brings back may be another policy, or another segment. */
function rolledBack({ query }: ApiRequest, current: ServiceFact | undefined): JsonObject[] {
  const rollback = query.get('rollback')?.[0] ?? '';
  const previous = current?.previousSpec as JsonObject | undefined;
  return rollback === '' || rollback === 'none' || previous === undefined ? [] : [previous];
}

const ofServiceRemoval: Finder = async (request, around) =>
  serviceNeeds(request, await around.service(request.operation.name ?? ''));

const ofVolume: Finder = async ({ operation, body }) => {
  const name = operation.name ?? (typeof body?.['Name'] === 'string' ? body['Name'] : '');
  return volumeNeeds([[name, operation.id === 'VolumeCreate' ? 'Name' : 'the path']]);
};

/** By operation; what is not here cannot touch what the network policy rests on. */
const FINDERS: ReadonlyMap<string, Finder> = new Map([
  ['ContainerCreate', ofContainer],
  ...[
    ...['ContainerKill', 'ContainerPause', 'ContainerRestart', 'ContainerStop', 'ContainerStart'],
    ...['ContainerExec', 'ContainerAttach', 'ContainerAttachWebsocket', 'ContainerUpdate', 'ContainerRename'],
    ...['ContainerDelete', 'PutContainerArchive', 'ContainerCheckpointCreate'],
  ].map((id) => [id, containerNeeds] as const),
  ['ServiceCreate', ofService],
  ['ServiceUpdate', ofService],
  ['ServiceDelete', ofServiceRemoval],
  ['NetworkConnect', attachmentNeeds],
  ['NetworkDisconnect', networkNeeds],
  ['NetworkCreate', networkNeeds],
  ['NetworkDelete', networkNeeds],
  ['ConfigCreate', configNeeds],
  ['ConfigUpdate', configNeeds],
  ['ConfigDelete', configNeeds],
  ['PluginDisable', pluginNeeds],
  ['PluginDelete', pluginNeeds],
  ['PluginSet', pluginNeeds],
  ['PluginUpgrade', pluginNeeds],
  ['VolumeCreate', ofVolume],
  ['VolumeUpdate', ofVolume],
  ['VolumeDelete', ofVolume],
]);

/** What the network policy rests on is changed only by those whose role says so; always, whatever admission says. */
export async function judgeProtection(
  request: ApiRequest,
  policy: RolesAndBindings,
  around: Surroundings,
): Promise<readonly Objection[]> {
  const needs = (await FINDERS.get(request.operation.id)?.(request, around)) ?? [];
  const objections = needs.flatMap((need) => objectionTo(need, request, policy));
  return [
    ...new Map(objections.map((each) => [`${each.code} ${each.message} ${each.hint ?? ''}`, each])).values(),
  ];
}

function objectionTo(
  { code, message, question }: Need,
  { requester }: ApiRequest,
  policy: RolesAndBindings,
): Objection[] {
  if (question !== undefined && findGrant(policy, requester, question) !== undefined) return [];
  const built = { code: `protection/${code}`, policy: 'built-in', mode: 'enforce' } as const;
  if (question === undefined) return [{ ...built, message, hint: 'Leave it out.' }];
  const { verb, resource, stack } = question;
  const where = stack === undefined ? 'by a ClusterRoleBinding' : `in stack ${stack} or everywhere`;
  const hint = `No role of ${nameOf(requester)} has the verb ${verb} on ${resource}, bound ${where}.`;
  return [{ ...built, message, hint }];
}
