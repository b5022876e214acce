import { printable } from '../../printable.ts';

/** Markup that is safe to write; everything else is text. */
export interface Markup {
  readonly html: string;
}

type Part = string | number | Markup | readonly (string | Markup)[];

/** A template whose values are text, whoever wrote them, unless they are markup themselves. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return {
    html: strings
      .map((text, index) => text + (index < parts.length ? written(parts[index] ?? '') : ''))
      .join(''),
  };
}

function written(part: Part): string {
  if (typeof part === 'string' || typeof part === 'number') return escapeHtml(String(part));
  return 'html' in part ? part.html : part.map(written).join('');
}

export function escapeHtml(text: string): string {
  return printable(text).replace(/[&<>"'`]/gu, (sign) => `&#${String(sign.charCodeAt(0))};`);
}
