import { request, type IncomingMessage } from 'node:http';

/** For the head; the lines may take as long as they take. */
const ANSWER_WITHIN = 30_000;
const LINE_AT_MOST = 16 * 1024 * 1024;

/** JSON lines of a local API, read as they come. Whoever stops reading, or aborts, closes the connection. */
export async function openLines(
  socketPath: string,
  path: string,
  signal: AbortSignal,
): Promise<AsyncIterable<unknown>> {
  const answer = await open(socketPath, path, signal);
  if (answer.statusCode === 200) return parsedLines(answer, signal);
  throw new Error(`HTTP ${String(answer.statusCode)}: ${(await start(answer)).slice(0, 1_000)}`);
}

function open(socketPath: string, path: string, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const call = request(
      { socketPath, path, headers: { host: 'swarmwall' }, timeout: ANSWER_WITHIN, agent: false, signal },
      (answer) => {
        call.setTimeout(0);
        resolve(answer);
      },
    );
    call.on('timeout', () => call.destroy(new Error(`no answer within ${ANSWER_WITHIN / 1_000} s`)));
    call.on('error', reject);
    call.end();
  });
}

async function start(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer) {
    text += String(chunk);
    if (text.length > 1_000) break;
  }
  return text;
}

async function* parsedLines(answer: IncomingMessage, signal: AbortSignal): AsyncGenerator<unknown> {
  answer.setEncoding('utf8');
  let rest = '';
  try {
    for await (const chunk of answer) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > LINE_AT_MOST) throw new Error('the answer is too long');
      for (const line of lines) yield JSON.parse(line);
    }
  } catch (error) {
    // Ended by us.
    if (!signal.aborted) throw error;
  } finally {
    answer.destroy();
  }
}
