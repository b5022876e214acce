import { printable } from '../style.ts';

/** Inside double quotes of Graphviz: a backslash there starts an escape of its own (`\N` is the node's name). */
export function dotString(text: string): string {
  return `"${printable(text).replace(/["\\]/gu, '\\$&')}"`;
}

/** Inside double quotes of Mermaid, which reads `#…;` as an entity, tags as HTML and backticks as Markdown. */
export function mermaidString(text: string): string {
  return `"${printable(text).replace(/[#"&<>`\\]/gu, (sign) => `#${sign.charCodeAt(0)};`)}"`;
}

/** A cell of a Markdown table: no sign of it may start markup, a mention, a link or a cell. */
export function markdownCell(text: string): string {
  return printable(text)
    .replace(/[\\`*_{}[\]()#+!|~$]/gu, '\\$&')
    .replace(/[&<>@:]/gu, (sign) => `&#${sign.charCodeAt(0)};`)
    .replaceAll('\t', ' ');
}

/** RFC 4180; what a spreadsheet would run as a formula starts with an apostrophe, as OWASP advises. */
export function csvField(text: string): string {
  const tame = /^[=+\-@\t\r]/u.test(text) ? `'${text}` : text;
  return /[",\r\n\t']/u.test(tame) ? `"${tame.replaceAll('"', '""')}"` : tame;
}
