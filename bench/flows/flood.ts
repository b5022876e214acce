import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../../test/lab/process.ts';

const DIST = join(dirname(dirname(import.meta.dirname)), 'dist');

/** UDP packets, each of a new connection. */
export interface Flood {
  readonly from: string;
  readonly to: string;
  /** Of the destination, by turns: so many flows there are. */
  readonly firstPort: number;
  readonly ports: number;
  /** 0: as fast as it goes. */
  readonly perSecond: number;
  readonly seconds: number;
}

export interface Sent {
  readonly sent: number;
  readonly milliseconds: number;
}

/** Path of the program that sends them: static, so that it runs wherever it is. */
export async function floodProgram(): Promise<string> {
  mkdirSync(DIST, { recursive: true });
  const [from, to] = [join(import.meta.dirname, 'flood.c'), join(DIST, 'flood')];
  if (existsSync(to) && statSync(to).mtimeMs > statSync(from).mtimeMs) return to;
  const made = `${to}.${process.pid}`;
  await run('musl-gcc', ['-static', '-s', '-O2', '-Wall', '-Wextra', '-Werror', '-o', made, from]);
  renameSync(made, to);
  return to;
}

export function floodArguments({ from, to, firstPort, ports, perSecond, seconds }: Flood): readonly string[] {
  return [perSecond, seconds, from, to, firstPort, ports].map(String);
}

export function readSent(stdout: string): Sent {
  const [, sent, milliseconds] = /^sent (\d+) in (\d+) ms$/m.exec(stdout) ?? [];
  return { sent: Number(sent), milliseconds: Number(milliseconds) };
}
