/** Values written one a line, as Docker's event stream is. Settles at the end, an error or an abort. */
export function readJsonStream<T>(
  stream: NodeJS.ReadableStream,
  signal: AbortSignal,
  onValue: (value: T) => void,
): Promise<void> {
  return new Promise((resolve) => {
    let rest = '';
    const end = (): void => {
      signal.removeEventListener('abort', abort);
      resolve();
    };
    const abort = (): void => {
      (stream as NodeJS.ReadableStream & { destroy?: () => void }).destroy?.();
      end();
    };
    signal.addEventListener('abort', abort, { once: true });
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.trim() !== '') onValue(JSON.parse(line) as T);
    });
    stream.once('end', end);
    stream.once('close', end);
    stream.once('error', end);
  });
}
