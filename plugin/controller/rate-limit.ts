/** A token bucket: `perSecond` on average, `burst` at once. */
export function createRateLimit(perSecond: number, burst: number, elapsed: () => number): () => boolean {
  let tokens = burst;
  let last = elapsed();
  return () => {
    const at = elapsed();
    tokens = Math.min(burst, tokens + ((at - last) / 1_000) * perSecond);
    last = at;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
