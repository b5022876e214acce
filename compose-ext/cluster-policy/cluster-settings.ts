import Joi from 'joi';
import type { Position } from '../diagnostic.ts';
import type { ObjectContext } from '../kubernetes/manifest.ts';
import { parseMode } from '../label/mode-label.ts';
import { parseCidr } from '../syntax/cidr.ts';
import { checkSchema } from '../syntax/schema-errors.ts';
import { get, itemsOf, textOf } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';
import { DEFAULT_SETTINGS, type ClusterSettings, type ModeSetting } from './settings.ts';

export interface WrittenSettings extends ClusterSettings {
  readonly name: string;
  readonly origin: Position;
}

/** There is one of them in a Swarm: one name, so that a second one is a version of the first. */
export const SETTINGS_NAME = 'default';

const choice = (what: string, ...values: readonly string[]) =>
  Joi.valid(...values)
    .empty(null)
    .description(what);

export const clusterSettingsSchema = Joi.object({
  kind: Joi.valid('ClusterSettings').required(),
  name: Joi.valid(SETTINGS_NAME)
    .required()
    .messages({ 'any.only': `must be "${SETTINGS_NAME}": a Swarm has one ClusterSettings` }),
  nodes: choice(
    'Load balancers of nodes without a healthy agent: permissive (default) trusts those of nodes that are up, strict refuses them.',
    'permissive',
    'strict',
  ),
  encryption: choice(
    'Networks meant to be encrypted: verify (default) shows where they are not, required drops what crosses nodes unencrypted.',
    'verify',
    'required',
  ),
  metadataAddresses: Joi.array()
    .items(Joi.string())
    .empty(null)
    .description(
      "Addresses of the machine's metadata service, in place of the well-known ones: reached only by policies that name them.",
    ),
  mode: choice(
    'audit: nothing in the cluster is denied by a policy, but counted. enforce (default).',
    'audit',
    'enforce',
  ),
  modes: Joi.array()
    .items(
      Joi.object({
        stack: Joi.string().max(256).description('All services of this stack.'),
        service: Joi.string()
          .max(512)
          .pattern(/^[^\/\s]+\/[^\/\s]+$/u)
          .messages({ 'string.pattern.base': 'must be stack/service' })
          .description('One service, as stack/service; it wins over its stack.'),
        mode: Joi.valid('audit', 'enforce').required(),
      }).xor('stack', 'service'),
    )
    .unique((a: ModeSetting, b: ModeSetting) => a.stack === b.stack && a.service === b.service)
    .max(1000)
    .empty(null)
    .description("An administrator's word on stacks and services, before their own."),
});

/** All its mistakes are in the report; with any, what is returned is not whole. */
export function readClusterSettings(tree: Tree, context: ObjectContext): WrittenSettings {
  checkSchema(tree, clusterSettingsSchema, context.source, context.report);
  const addresses = get(tree, 'metadataAddresses');
  return {
    name: textOf(get(tree, 'name')) ?? '',
    nodes: textOf(get(tree, 'nodes')) === 'strict' ? 'strict' : DEFAULT_SETTINGS.nodes,
    encryption: textOf(get(tree, 'encryption')) === 'required' ? 'required' : DEFAULT_SETTINGS.encryption,
    ...(textOf(get(tree, 'mode')) === 'audit' && { mode: 'audit' as const }),
    ...(itemsOf(get(tree, 'modes')).length > 0 && { modes: itemsOf(get(tree, 'modes')).flatMap(readMode) }),
    ...(addresses?.kind === 'list' && {
      metadataAddresses: itemsOf(addresses).flatMap((item) => readAddress(item, context)),
    }),
    origin: context.source.at(tree.offset),
  };
}

function readMode(tree: Tree): ModeSetting[] {
  const [stack, service, written] = ['stack', 'service', 'mode'].map((key) => textOf(get(tree, key)));
  const mode = parseMode(written ?? '');
  if (mode === undefined) return [];
  if (service !== undefined) return [{ service, mode }];
  return stack === undefined ? [] : [{ stack, mode }];
}

function readAddress(tree: Tree, { source, report }: ObjectContext): string[] {
  // What is not text is the schema's to report.
  if (tree.kind !== 'scalar' || typeof tree.value !== 'string') return [];
  const block = tree.value.includes('/') ? undefined : parseCidr(tree.value);
  if (block !== undefined) return [block.address.toString()];
  const hint = 'Write single addresses, such as 169.254.169.254 or fd00:ec2::254.';
  report.error('invalid-cidr', source.at(tree.offset), `"${tree.value}" is not an address`, hint);
  return [];
}
