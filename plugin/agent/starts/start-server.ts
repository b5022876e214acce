import { createServer, type Socket } from 'node:net';
import { TIMES } from '../../config.ts';
import { listenOnSocket } from '../../process/unix-socket.ts';
import type { StartAnswer } from './hold-starts.ts';
import { MOST_QUESTION_BYTES, readStartQuestion, type StartQuestion } from './start-question.ts';

export interface StartServer {
  close(): Promise<void>;
}

/**
 * Where the guard runtime asks (guard/agent.c): one question a connection, answered by `go` or `refuse WHY`.
 * @throws Fault `socket-in-use`, `listen-failed`
 */
export async function serveStarts(
  socket: string,
  ask: (question: StartQuestion) => Promise<StartAnswer>,
): Promise<StartServer> {
  const open = new Set<Socket>();
  const server = createServer((connection) => {
    open.add(connection);
    connection.once('close', () => open.delete(connection));
    serve(connection, ask);
  });
  await listenOnSocket(server, socket);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const connection of open) connection.destroy();
      }),
  };
}

function serve(connection: Socket, ask: (question: StartQuestion) => Promise<StartAnswer>): void {
  let text = '';
  let asked = false;
  const finish = (line: string): void => {
    connection.end(`${line}\n`);
  };
  connection.setEncoding('utf8');
  // Who asks has said it all at once.
  connection.setTimeout(TIMES.startQuestion, () => {
    if (!asked) connection.destroy();
  });
  connection.on('error', () => {
    connection.destroy();
  });
  connection.on('data', (chunk: string) => {
    if (asked) return;
    text += chunk;
    if (text.length > MOST_QUESTION_BYTES) connection.destroy();
    else if (text.endsWith('\nend\n')) {
      asked = true;
      const question = readStartQuestion(text);
      if (question === undefined) finish('refuse the agent is of another version than the guard runtime');
      else
        void ask(question).then((answer) => {
          finish(answer.go ? 'go' : `refuse ${answer.why.slice(0, 400)}`);
        });
    }
  });
}
