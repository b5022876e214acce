import type { Run } from '../process/run.ts';

export type Encryption = 'available' | 'unavailable' | 'unknown';

const STATE = ['src', '192.0.2.1', 'dst', '192.0.2.2', 'proto', 'esp', 'spi', '0x5357'];
const CIPHER = ['aead', 'rfc4106(gcm(aes))', `0x${'00'.repeat(20)}`, '64'];

/**
 * Whether this kernel can carry an encrypted overlay: the state that Docker would add, in a namespace made for the
 * question and gone after it. Unknown when no such namespace can be made.
 */
export async function detectEncryption(run: Run): Promise<Encryption> {
  const inScratch = (args: readonly string[]) =>
    run('unshare', ['--net', '--', 'ip', ...args], { accept: [1, 2, 255] });
  try {
    if ((await inScratch(['link', 'show', 'lo'])).exitCode !== 0) return 'unknown';
    const added = await inScratch(['xfrm', 'state', 'add', ...STATE, ...CIPHER, 'mode', 'transport']);
    return added.exitCode === 0 ? 'available' : 'unavailable';
  } catch {
    return 'unknown';
  }
}
