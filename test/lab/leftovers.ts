import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { labFolder } from './state.ts';

/** The network namespace of a process, e.g. `net:[4026532001]`: names it also after it is gone. */
export const netnsOf = (pid: number): string => readlinkSync(`/proc/${pid}/ns/net`);

/** What is still there of a lab that should be gone; empty if nothing. */
export function leftovers(prefix: string, namespaces: readonly string[]): readonly string[] {
  const found: string[] = [];
  if (existsSync(labFolder(prefix))) found.push(labFolder(prefix));
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n'))
    if (line.includes(`${labFolder(prefix)}/`)) found.push(`mount ${line}`);
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const namespace = readlinkSync(join('/proc', pid, 'ns', 'net'));
      // Its launchers stand outside of its namespaces, but are told its folder.
      const command = readFileSync(join('/proc', pid, 'cmdline'), 'utf8').replaceAll('\0', ' ');
      if (namespaces.includes(namespace) || command.includes(`${labFolder(prefix)}/`))
        found.push(`process ${pid} in ${namespace}: ${command}`);
    } catch {
      // It ended meanwhile.
    }
  }
  for (const hierarchy of ['', ...readdirSync('/sys/fs/cgroup')]) {
    const cgroup = join('/sys/fs/cgroup', hierarchy, `swarmwall-lab-${prefix}`);
    if (existsSync(cgroup)) found.push(cgroup);
  }
  return found;
}
