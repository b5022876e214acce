/** What the guard runtime saw in the kernel: where the other end of an interface is. */
export type SandboxInterface =
  | {
      readonly kind: 'overlay';
      /** Of the overlay's namespace, under Docker's netns folder. */
      readonly file: string;
      readonly port: string;
      readonly mac: string;
      readonly addresses: readonly string[];
    }
  /** A port of one of the node's own bridges. */
  | {
      readonly kind: 'host';
      readonly port: string;
      readonly mac: string;
      readonly addresses: readonly string[];
    }
  | { readonly kind: 'other'; readonly mac: string; readonly addresses: readonly string[] };

/** A container whose process waits to become its own. */
export interface StartQuestion {
  readonly container: string;
  readonly interfaces: readonly SandboxInterface[];
}

/** One of 64 interfaces with four addresses is less than 128 characters long. */
export const MOST_QUESTION_BYTES = 16_384;

const FIRST = /^start 1 ([A-Za-z0-9_+][A-Za-z0-9_.+-]{0,254})$/u;
const INTERFACE =
  /^(overlay|host|other) (-|\d+-[a-z0-9]{1,13}) ([^ /]{1,15}) ([0-9a-f]{2}(?::[0-9a-f]{2}){5}) (-|\d{1,3}(?:\.\d{1,3}){3}(?:,\d{1,3}(?:\.\d{1,3}){3}){0,3})$/u;

/** guard/agent.c writes it: `start 1 CONTAINER`, a line for each interface, `end`. Undefined: it is not that. */
export function readStartQuestion(text: string): StartQuestion | undefined {
  const lines = text.split('\n');
  const container = FIRST.exec(lines[0] ?? '')?.[1];
  if (container === undefined || lines.at(-1) !== '' || lines.at(-2) !== 'end') return undefined;
  const interfaces = lines.slice(1, -2).map(readInterface);
  const known = interfaces.filter((found) => found !== undefined);
  return known.length === interfaces.length ? { container, interfaces: known } : undefined;
}

function readInterface(line: string): SandboxInterface | undefined {
  const [, kind, file = '', port = '', mac = '', list = ''] = INTERFACE.exec(line) ?? [];
  const addresses = list === '-' ? [] : list.split(',');
  if (kind === 'overlay' && file !== '-') return { kind, file, port, mac, addresses };
  if (kind === 'host') return { kind, port, mac, addresses };
  return kind === 'other' ? { kind, mac, addresses } : undefined;
}
