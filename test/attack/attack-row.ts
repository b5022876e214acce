import type { Attack } from './attack.ts';

/** A line of the table in docs/attacks.md. */
export function attackRow(attack: Attack): string {
  const { name, from, capabilities = [], needs, does, stoppedBy, hole } = attack;
  const who = [from, ...capabilities, ...(needs === 'vm' ? ['virtual machine only'] : [])].join('; ');
  const why = hole === undefined ? stoppedBy : `**gets through**: ${hole}`;
  return `| ${[name, who, does, why].map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
