import { watch, type FSWatcher } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../process/clock.ts';

const POLL = 500;
/** The balancer of the network of published ports. */
export const INGRESS_SANDBOX = 'ingress_sbox';

/** Docker's namespace files, by what they are. */
export interface NetnsFiles {
  /** First characters of the network's id → file. */
  readonly overlays: readonly { readonly prefix: string; readonly file: string }[];
  readonly loadBalancers: readonly { readonly prefix: string; readonly file: string }[];
  readonly ingress: boolean;
  /** Sandboxes of containers. */
  readonly sandboxes: readonly string[];
}

/**
 * An overlay's file is `<epoch>-<network id>` and a balancer's `lb_<network id>`, both cut to 12 characters; a
 * sandbox's is the first 12 of its id (libnetwork, `osl.GenerateKey` and `overlay.joinSandbox`).
 */
export function sortNetns(names: readonly string[]): NetnsFiles {
  const matches = (pattern: RegExp) =>
    names.flatMap((file) => {
      const prefix = pattern.exec(file)?.[1];
      return prefix === undefined ? [] : [{ prefix, file }];
    });
  return {
    overlays: matches(/^\d+-([a-z0-9]+)$/),
    loadBalancers: matches(/^lb_([a-z0-9]+)$/),
    ingress: names.includes(INGRESS_SANDBOX),
    sandboxes: names.filter((name) => /^[0-9a-f]{12}$/.test(name)),
  };
}

export async function readNetns(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Calls back when a file of the folder appears or goes. The folder itself may come later (Docker makes it with the first
 * sandbox), or be made anew: its parents are watched too, and a slow poll stands behind inotify.
 */
export function watchNetns(folder: string, clock: Clock, onChange: () => void): () => void {
  let stopped = false;
  let watchers: FSWatcher[] = [];
  let cancel: () => void = () => undefined;
  let watching = '';

  function follow(path: string, call: (name: string | null) => void): boolean {
    try {
      const watcher = watch(path, (_, name) => {
        call(name);
      });
      watcher.on('error', rewatch);
      watchers.push(watcher);
      return true;
    } catch {
      return false;
    }
  }

  function rewatch(): void {
    for (const watcher of watchers) watcher.close();
    watchers = [];
    if (stopped) return;
    const inner = follow(folder, onChange);
    const parent = dirname(folder);
    const outer = follow(parent, (name) => {
      if (name === basename(folder)) {
        rewatch();
        onChange();
      }
    });
    watching = `${String(inner)} ${String(outer)}`;
  }

  function poll(): void {
    if (stopped) return;
    if (watching !== 'true true') {
      rewatch();
      onChange();
    }
    cancel = clock.after(POLL, poll);
  }

  rewatch();
  poll();
  return () => {
    stopped = true;
    cancel();
    for (const watcher of watchers) watcher.close();
  };
}

export function netnsPath(execRoot: string, file: string): string {
  return join(execRoot, 'netns', file);
}
