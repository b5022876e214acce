import { formatPortMatch } from '../../../compose-ext/syntax/port-match.ts';
import type { UnusedAllow } from '../../../rules/suggest/unused-allows.ts';
import type { CliIo } from '../io.ts';
import { printColumns } from '../print-columns.ts';
import { styleFor } from '../style.ts';

export function printUnused(io: CliIo, unused: readonly UnusedAllow[]): void {
  if (unused.length === 0) {
    io.stdout.write('every allow was used\n');
    return;
  }
  const rows = unused.map(({ origin, policy, direction, entries, ports, services }) => [
    `${origin.file}:${origin.line}`,
    `${policy} ${direction}`,
    entries.join(' ') || '(see the line)',
    ports === undefined ? 'all' : ports.map(formatPortMatch).join(','),
    services.join(' '),
  ]);
  printColumns(io.stdout, ['LINE', 'POLICY', 'NOBODY USED', 'PORTS', 'SERVICES'], rows, {
    head: styleFor(io, io.stdout).dim,
  });
}
