import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runProcess } from '../process/run.ts';

export interface DebianMirror {
  readonly url: string;
  /** Proxy settings, as debootstrap's wget reads them. */
  readonly env: Readonly<Record<string, string>>;
}

const DEFAULT_MIRROR = 'http://deb.debian.org/debian';
const PROXIES = ['http_proxy', 'https_proxy', 'no_proxy'];

/** The mirror and proxy that this machine's apt already uses. */
export async function debianMirror(): Promise<DebianMirror> {
  const env: Record<string, string> = {};
  for (const name of PROXIES) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  const dump = await runProcess('apt-config', ['dump', 'Acquire::http::Proxy']);
  const proxy = /^Acquire::http::Proxy "([^"]+)";/m.exec(dump.stdout)?.[1];
  if (proxy !== undefined) env['http_proxy'] = proxy;
  return { url: mirrorIn(readSources('/etc/apt')) ?? DEFAULT_MIRROR, env };
}

/** First archive of Debian itself (not security) in one-line or deb822 sources. */
export function mirrorIn(sources: string): string | undefined {
  const urls = sources
    .split('\n')
    .filter((line) => /^\s*(deb\s|URIs:)/.test(line))
    .flatMap((line) => line.match(/https?:\/\/\S+/g) ?? []);
  return urls.find((url) => /\/debian\/?$/.test(url))?.replace(/\/$/, '');
}

function readSources(folder: string): string {
  const parts = join(folder, 'sources.list.d');
  return [join(folder, 'sources.list'), ...list(parts).map((name) => join(parts, name))]
    .map(readText)
    .join('\n');
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => /\.(list|sources)$/.test(name));
  } catch {
    return [];
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
