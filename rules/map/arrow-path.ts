import type { Box } from './layout.ts';

/** Where an arrow begins and ends, and its stacks' boxes where they differ. */
export interface ArrowEnds {
  readonly from: Box;
  readonly to: Box;
  readonly stacks?: { readonly from: Box; readonly to: Box };
}

export interface ArrowPath {
  /** For the `d` of an SVG path. */
  readonly d: string;
  /** Where its head is, and the direction it points to: 1 to the right, -1 to the left. */
  readonly head: { readonly x: number; readonly y: number; readonly direction: 1 | -1 };
}

const HEAD = 7;

/**
 * Sideways out of one box and into the other. Between stacks all arrows of a pair of them run through the same two
 * gates, so that many look like one strand.
 */
export function arrowPath({ from, to, stacks }: ArrowEnds): ArrowPath {
  const [start, end] = [middle(from), middle(to)];
  const beside = overlap(from, to);
  const right = beside || end.x > start.x;
  const leave: 1 | -1 = right ? 1 : -1;
  const enter: 1 | -1 = beside ? -1 : leave;
  const a = { x: side(from, leave), y: start.y };
  const b = { x: side(to, -enter as 1 | -1) - enter * HEAD, y: end.y };
  const head = { x: b.x + enter * HEAD, y: b.y, direction: enter };
  if (!stacks || overlap(stacks.from, stacks.to)) {
    const reach = beside ? 26 + Math.min(70, Math.abs(a.y - b.y) / 4) : Math.max(18, Math.abs(b.x - a.x) / 2);
    return { d: `M${point(a)}${curve(a, leave, b, enter, reach)}`, head };
  }
  const gates = {
    from: { x: side(stacks.from, leave), y: gate(stacks.from, stacks.to) },
    to: { x: side(stacks.to, -enter as 1 | -1), y: gate(stacks.to, stacks.from) },
  };
  const parts = [
    curve(a, leave, gates.from, leave, Math.abs(gates.from.x - a.x) / 2),
    curve(gates.from, leave, gates.to, enter, Math.abs(gates.to.x - gates.from.x) / 2),
    curve(gates.to, enter, b, enter, Math.abs(b.x - gates.to.x) / 2),
  ];
  return { d: `M${point(a)}${parts.join('')}`, head };
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function curve(a: Point, leave: number, b: Point, enter: number, reach: number): string {
  const first = { x: a.x + leave * reach, y: a.y };
  const second = { x: b.x - enter * reach, y: b.y };
  return `C${point(first)} ${point(second)} ${point(b)}`;
}

/** On a box's side, toward the other box's height. */
function gate(own: Box, other: Box): number {
  const wished = middle(other).y;
  const [top, bottom] = [own.y + own.height * 0.3, own.y + own.height * 0.75];
  return Math.min(bottom, Math.max(top, wished));
}

function side({ x, width }: Box, direction: 1 | -1): number {
  return direction === 1 ? x + width : x;
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width;
}

function middle({ x, y, width, height }: Box): Point {
  return { x: x + width / 2, y: y + height / 2 };
}

function point({ x, y }: Point): string {
  return `${Math.round(x * 10) / 10},${Math.round(y * 10) / 10}`;
}
