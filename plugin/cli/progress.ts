import type { CliIo } from './io.ts';

const QUIET_FOR = 1_000;
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

export interface Progress {
  /** Says what is being done now; shown only once a second has gone by. */
  say(text: string): void;
}

/** Runs `work`, with a line on stderr for people who wait longer than a second. Never when piped. */
export async function withProgress<T>(
  io: CliIo,
  text: string,
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  if (!io.stderr.isTTY) return work({ say: () => undefined });
  const began = Date.now();
  let now = text;
  let drawn = false;
  const timer = setInterval(() => {
    const waited = Date.now() - began;
    if (waited < QUIET_FOR) return;
    drawn = true;
    const frame = FRAMES[Math.floor(waited / 100) % FRAMES.length] ?? '';
    const line = `${frame} ${now} ${Math.floor(waited / 1_000)} s`;
    io.stderr.write(`\r\u001b[K${line.slice(0, (io.stderr.columns ?? 80) - 1)}`);
  }, 100);
  timer.unref();
  try {
    return await work({ say: (next) => (now = next) });
  } finally {
    clearInterval(timer);
    if (drawn) io.stderr.write('\r\u001b[K');
  }
}
