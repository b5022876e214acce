import pc from 'picocolors';

export type Colors = ReturnType<typeof pc.createColors>;

/** Colour for people at a terminal who did not decline it. */
export function colorsFor(stream: NodeJS.WriteStream): Colors {
  return pc.createColors(stream.isTTY && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb');
}
