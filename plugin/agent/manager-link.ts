import type { TLSSocket } from 'node:tls';
import type { ControllerLink } from '../api/types.ts';
import { LIMITS, TIMES } from '../config.ts';
import { asFault, Fault } from '../fault.ts';
import type { Clock } from '../process/clock.ts';
import { MAX_LINE_BYTES, type AgentMessage, type ControllerMessage } from '../protocol.ts';
import { jsonLines, type JsonLines } from '../tls/json-lines.ts';

export interface ManagerLink {
  readonly address: string;
  status(): Omit<ControllerLink, 'subscribed'>;
  /** Nothing happens unless it is connected. */
  send(message: AgentMessage): void;
  stop(): void;
}

export interface ManagerLinkOptions {
  readonly address: string;
  readonly clock: Clock;
  readonly connect: () => Promise<TLSSocket>;
  readonly hello: () => AgentMessage;
  readonly onUp: (link: ManagerLink) => void;
  readonly onDown: (link: ManagerLink, fault: Fault) => void;
  readonly onMessage: (link: ManagerLink, message: ControllerMessage) => void;
}

/** A connection to one manager that is made again for as long as it is not stopped, each time a little later. */
export function linkManager(options: ManagerLinkOptions): ManagerLink {
  const { address, clock } = options;
  let state: ControllerLink['state'] = 'connecting';
  let lastError: ControllerLink['lastError'];
  let lines: JsonLines | undefined;
  let stopped = false;
  let failures = 0;
  let heard = 0;
  let cancel: () => void = () => undefined;

  const link: ManagerLink = {
    address,
    status: () => ({ address, state, ...(lastError ? { lastError } : {}) }),
    send: (message) => {
      if (state === 'connected') lines?.send(message);
    },
    stop: () => {
      stopped = true;
      cancel();
      lines?.close(new Fault('peer-lost', 'the agent stops'));
    },
  };

  function retry(fault: Fault): void {
    const was = state;
    cancel();
    lines = undefined;
    state = fault.code === 'peer-refused' || fault.code === 'peer-invalid' ? 'refused' : 'connecting';
    lastError = { at: clock.now(), code: fault.code, message: fault.message };
    if (was === 'connected') options.onDown(link, fault);
    if (stopped) return;
    const wait = Math.min(TIMES.reconnectMost, TIMES.reconnectFirst * 2 ** failures);
    failures = Math.min(failures + 1, 16);
    cancel = clock.after(wait / 2 + (clock.chance() * wait) / 2, dial);
  }

  function dial(): void {
    options.connect().then(
      (socket) => {
        if (stopped) socket.destroy();
        else greet(socket);
      },
      (error: unknown) => {
        retry(asFault(error, 'peer-lost'));
      },
    );
  }

  function greet(socket: TLSSocket): void {
    heard = clock.elapsed();
    lines = jsonLines(socket, {
      maxLineBytes: MAX_LINE_BYTES,
      maxQueuedBytes: LIMITS.sendQueueBytes,
      onMessage: (value) => {
        heard = clock.elapsed();
        take(value as ControllerMessage);
      },
      onEnd: retry,
    });
    lines.send(options.hello());
    cancel = clock.after(TIMES.ping, listen);
  }

  function take(message: ControllerMessage): void {
    if (message.type === 'ping') {
      lines?.send({ type: 'pong', n: message.n });
      return;
    }
    if (message.type === 'welcome') {
      state = 'connected';
      failures = 0;
      lastError = undefined;
      options.onUp(link);
      return;
    }
    if (state !== 'connected') throw new Fault('peer-invalid', 'the controller did not welcome first');
    options.onMessage(link, message);
  }

  function listen(): void {
    const silence = clock.elapsed() - heard;
    if (silence > TIMES.peerSilence)
      lines?.close(new Fault('peer-lost', `no word from ${address} for ${String(silence)} ms`));
    else cancel = clock.after(TIMES.ping, listen);
  }

  dial();
  return link;
}
