import assert from 'node:assert/strict';
import { parse } from 'yaml';
import {
  loadProject,
  runReading,
  type LoadedProject,
  type ProjectOptions,
} from '../../../compose-ext/index.ts';

export type Files = Readonly<Record<string, string>>;

/** The files named `main`, in their order; the others are there to be included. */
export function load(files: Files, main: readonly string[], options: ProjectOptions = {}): LoadedProject {
  const texts = main.map((file) => ({ file, text: files[file] ?? '' }));
  return runReading(loadProject(texts, { stack: 'shop', environment: {}, ...options }), ({ path }) => {
    const text = Object.hasOwn(files, path) ? files[path] : undefined;
    return text === undefined ? { kind: 'unreadable', reason: 'no such file' } : { kind: 'text', text };
  });
}

/** `a.yaml`, `b.yaml`, … merged; what the merged text means. */
export function merged(...texts: readonly string[]): Record<string, unknown> {
  const files = Object.fromEntries(
    texts.map((text, index) => [`${String.fromCharCode(97 + index)}.yaml`, text]),
  );
  const { file, diagnostics } = load(files, Object.keys(files), { target: 'compose' });
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === 'error'),
    [],
  );
  return parse(file.text, { merge: true }) as Record<string, unknown>;
}

/** The same of one service `w`, given by its keys. */
export function mergedService(...texts: readonly string[]): unknown {
  const whole = texts.map((text) => `services:\n  w:\n${text.replace(/^/gm, '    ')}\n`);
  const declared = 'networks: { a: , b: }\nsecrets: { k: { file: k }, l: { file: l } }\n';
  return (merged(...whole.map((text) => text + declared))['services'] as Record<string, unknown>)['w'];
}

export function places({ diagnostics }: LoadedProject): string[] {
  return diagnostics.map(({ code, file, line, column }) => `${code} ${file}:${line}:${column}`);
}
