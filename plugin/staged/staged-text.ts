import Joi from 'joi';
import { TIMES } from '../config.ts';
import { loadPolicies, type Labels, type PolicyDocument } from '../../compose-ext/index.ts';
import type { StagedChange, StagedService } from './staged-change.ts';

/** Of one config: Swarm takes 1,000 KiB. */
export const MAX_STAGED_BYTES = 900 * 1024;
const MAX_SERVICES = 5_000;
const MAX_DOCUMENTS = 250;

/** Kinds that decide about flows: what else is stored beside them no flow can judge. */
const JUDGED: readonly PolicyDocument['kind'][] = ['policy', 'group', 'settings'];

export function isJudged({ kind }: Pick<PolicyDocument, 'kind'>): boolean {
  return JUDGED.includes(kind);
}

/** Pairs, as a key of an object may be `__proto__`. */
type LabelPairs = readonly (readonly [label: string, value: string])[];

type StoredChange = { readonly by: string; readonly promoteAfter?: number } & (
  | {
      readonly kind: 'stack';
      readonly stack: string;
      readonly file: string;
      readonly services: readonly {
        readonly name: string;
        readonly labels: LabelPairs;
        readonly was?: LabelPairs;
      }[];
    }
  | {
      readonly kind: 'cluster';
      readonly documents: readonly string[];
      readonly removed: readonly string[];
      readonly base: readonly (readonly [string, number])[];
    }
);

const text = (most: number): Joi.StringSchema => Joi.string().allow('').max(most);
const labels = Joi.array()
  .max(100)
  .items(
    Joi.array().ordered(
      Joi.string()
        .pattern(/^swarmwall\.[a-z.-]+$/u)
        .max(100)
        .required(),
      text(MAX_STAGED_BYTES).required(),
    ),
  );
const terms = {
  by: text(300).required(),
  promoteAfter: Joi.number().integer().min(1_000).max(TIMES.stagedPast),
};
const name = Joi.string().min(1).max(253);
const schemas = {
  stack: Joi.object({
    kind: Joi.valid('stack').required(),
    stack: name.pattern(/^[^/\s]+$/u).required(),
    file: text(4_096).required(),
    services: Joi.array()
      .max(MAX_SERVICES)
      .unique('name')
      .items(Joi.object({ name: name.required(), labels: labels.required(), was: labels }))
      .required(),
    ...terms,
  }),
  cluster: Joi.object({
    kind: Joi.valid('cluster').required(),
    documents: Joi.array().max(MAX_DOCUMENTS).items(text(MAX_STAGED_BYTES)).required(),
    removed: Joi.array().max(MAX_DOCUMENTS).items(name).required(),
    base: Joi.array()
      .max(2 * MAX_DOCUMENTS)
      .items(Joi.array().ordered(name.required(), Joi.number().integer().min(0).required()))
      .required(),
    ...terms,
  }),
};

/** What a config of it holds: JSON. */
export function stagedText(change: StagedChange): string {
  const stored: StoredChange =
    change.kind === 'stack'
      ? { ...change, services: change.services.map(toStored) }
      : { ...change, documents: change.documents.map((document) => document.text) };
  return `${JSON.stringify(stored, null, 1)}\n`;
}

function toStored({ name: called, labels: wanted, was }: StagedService) {
  return {
    name: called,
    labels: Object.entries(wanted),
    ...(was !== undefined && { was: Object.entries(was) }),
  };
}

/** The change, or why it is none: whoever may use Docker's API can write such a config. */
export function readStagedText(written: string): StagedChange | string {
  let value: unknown;
  try {
    value = JSON.parse(written);
  } catch {
    return 'it is not JSON';
  }
  const { kind } = (value ?? {}) as { readonly kind?: unknown };
  if (kind !== 'stack' && kind !== 'cluster') return 'it is of no known kind';
  const { error } = schemas[kind].validate(value, { convert: false });
  if (error !== undefined) return error.message;
  const stored = value as StoredChange;
  if (stored.kind === 'stack') return { ...stored, services: stored.services.map(fromStored) };
  const documents: PolicyDocument[] = [];
  for (const document of stored.documents) {
    const read = readDocument(document);
    if (typeof read === 'string') return read;
    documents.push(read);
  }
  return { ...stored, documents };
}

type StoredService = Extract<StoredChange, { kind: 'stack' }>['services'][number];

function fromStored({ name: called, labels: wanted, was }: StoredService): StagedService {
  return { name: called, labels: toLabels(wanted), ...(was !== undefined && { was: toLabels(was) }) };
}

function toLabels(pairs: LabelPairs): Labels {
  return Object.fromEntries(pairs);
}

function readDocument(written: string): PolicyDocument | string {
  const [first] = loadPolicies([{ file: 'staged', text: written }]).documents;
  const file = `${first?.name ?? 'a document'} (staged)`;
  const { documents, diagnostics } = loadPolicies([{ file, text: written }]);
  const error = diagnostics.find(({ severity }) => severity === 'error');
  if (error !== undefined) return `${file}: ${error.message}`;
  const [document, ...more] = documents;
  if (document === undefined || more.length > 0) return 'one of its texts is not one document';
  return isJudged(document) ? document : `${file}: no flow is judged by a document of this kind`;
}
