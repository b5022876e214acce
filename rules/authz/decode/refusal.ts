import type { Objection } from '../decision.ts';

/** docs/authorization.md explains each. */
export const REFUSAL_CODES = [
  'decode/unknown-operation',
  'decode/uri',
  'decode/path',
  'decode/version',
  'decode/query',
  'decode/repeated-parameter',
  'decode/content-type',
  'decode/hidden-body',
  'decode/encoding',
  'decode/json',
  'decode/trailing-data',
  'decode/nesting',
  'decode/duplicate-key',
  'decode/unknown-field',
  'decode/type',
  'decode/number',
  'decode/word',
  'decode/outdated-field',
] as const;

export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** Thrown within this folder only: `decodeRequest` makes an objection of it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: RefusalCode;
  readonly hint: string | undefined;

  constructor(code: RefusalCode, message: string, hint?: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }

  toObjection(): Objection {
    return {
      code: this.code,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      policy: 'built-in',
      mode: 'enforce',
    };
  }
}

/** Part of a request, for a message: short, and no character that a terminal obeys. */
export function shown(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 57)}...` : text;
  // JSON escapes C0 controls, but neither C1 nor the marks that reorder text.
  return JSON.stringify(short).replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu,
    (character) => `\\u${character.codePointAt(0)?.toString(16).padStart(4, '0') ?? ''}`,
  );
}
