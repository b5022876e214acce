import pc from 'picocolors';
import type { CliIo, TextSink } from './io.ts';

export { printable } from '../printable.ts';

export type Style = ReturnType<typeof pc.createColors>;

/** NO_COLOR wins over FORCE_COLOR, as https://no-color.org asks: a person set it on purpose. */
export function wantsColour(env: CliIo['env'], sink: TextSink): boolean {
  if (env['NO_COLOR']) return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return sink.isTTY && env['TERM'] !== 'dumb';
}

export function styleFor(io: CliIo, sink: TextSink): Style {
  return pc.createColors(wantsColour(io.env, sink));
}
