import { createHash } from 'node:crypto';
import Joi from 'joi';
import { loadPolicies, type AuthzPolicy, type PolicyDocument } from '../../compose-ext/index.ts';
import { LIMITS } from '../config.ts';
import { authzOf, documentsInForce, type StoredPolicies } from './stored-policies.ts';

/**
 * What is stored about the Docker API, as it is sent to the nodes and kept there: texts, so that whoever reads them checks
 * them as they were checked when they were stored, and finds the same lines.
 */
export interface AuthzDocuments {
  /** Of the texts, so that every manager tells the same, and damage shows. */
  readonly revision: string;
  readonly documents: readonly AuthzText[];
}

export interface AuthzText {
  /** The config's name. */
  readonly file: string;
  readonly text: string;
}

const NONE = 'none';
const MOST_DOCUMENTS = 2_000;

/** By the configs' names. */
export function authzDocuments(stored: StoredPolicies): AuthzDocuments {
  const documents = documentsInForce(stored)
    .filter(isAuthz)
    .map(({ origin, text }) => ({ file: origin.file, text }));
  return { revision: revisionOf(documents), documents };
}

const OTHERS: readonly PolicyDocument['kind'][] = ['policy', 'group', 'node', 'settings'];

export function isAuthz({ kind }: Pick<PolicyDocument, 'kind'>): boolean {
  return !OTHERS.includes(kind);
}

/** Sixteen characters of a hash; `none` when there are no documents. */
export function revisionOf(documents: readonly AuthzText[]): string {
  if (documents.length === 0) return NONE;
  const texts = JSON.stringify(documents.map(({ file, text }) => [file, text]));
  return createHash('sha256').update(texts).digest('hex').slice(0, 16);
}

export function bytesOf(documents: readonly { readonly text: string }[]): number {
  return documents.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
}

const schema = Joi.object({
  revision: Joi.string()
    .pattern(/^(none|[0-9a-f]{16})$/)
    .required(),
  documents: Joi.array()
    .max(MOST_DOCUMENTS)
    .items(Joi.object({ file: Joi.string().max(64).required(), text: Joi.string().required() }))
    .required(),
}).unknown();

export type ReadAuthz =
  | { readonly kind: 'policy'; readonly policy: AuthzPolicy }
  /** Nothing of it is to be used. */
  | { readonly kind: 'wrong'; readonly why: string };

/** Checks everything: the shape, the size, that it is what the revision says, each document. */
export function readAuthzDocuments(value: unknown): ReadAuthz {
  const wrong = (why: string): ReadAuthz => ({ kind: 'wrong', why });
  const { error } = schema.validate(value, { convert: false });
  if (error !== undefined) return wrong(error.message);
  const { revision, documents } = value as AuthzDocuments;
  const bytes = bytesOf(documents);
  if (bytes > LIMITS.authzBytes) return wrong(`it has ${bytes} bytes of ${LIMITS.authzBytes} at most`);
  if (revisionOf(documents) !== revision) return wrong('its texts are not those of its revision');
  const loaded = loadPolicies(documents);
  const mistake = loaded.diagnostics.find(({ severity }) => severity === 'error');
  if (mistake !== undefined)
    return wrong(`${mistake.file}:${mistake.line}:${mistake.column} ${mistake.message}`);
  if (!loaded.documents.every(isAuthz)) return wrong('it has documents of other kinds');
  return { kind: 'policy', policy: authzOf(loaded.documents) };
}
