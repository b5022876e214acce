import { asFault, Fault } from '../../fault.ts';
import type { Log } from '../../log.ts';
import type { Clock } from '../../process/clock.ts';

export interface WebhookOptions {
  /** http or https, without a name or password in it. */
  readonly url: string;
  /** Said in `X-Swarmwall-Secret`, so that the receiver knows who calls. */
  readonly secret: string | undefined;
  readonly clock: Pick<Clock, 'after'>;
  readonly log: Log;
  readonly onDelivered: () => void;
  readonly onFailed: () => void;
  readonly fetch?: typeof globalThis.fetch;
}

export interface Webhook {
  /** Never waits; more than wait already are lost, and counted as failed. */
  push(event: object): void;
  readonly waiting: number;
  stop(): void;
}

const MOST_WAITING = 200;
const TIMEOUT = 5_000;
/** Between the tries of one event: after the last of them it is given up. */
const PAUSES = [1_000, 5_000, 15_000];

/** @throws Fault `peer-invalid`: not a URL that can be called. */
export function webhookUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw new Fault('peer-invalid', 'the webhook must be an http or https URL without a user in it');
  return url;
}

/** Posts events as JSON, one at a time, each a bounded number of times. Redirects are failures: the secret goes to nobody else. */
export function openWebhook(options: WebhookOptions): Webhook {
  const { clock, log, secret } = options;
  const url = webhookUrl(options.url);
  const call = options.fetch ?? globalThis.fetch;
  const queue: string[] = [];
  const aborting = new AbortController();
  let running = false;

  async function post(body: string): Promise<void> {
    const response = await call(url, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'swarmwall',
        ...(secret === undefined ? {} : { 'x-swarmwall-secret': secret }),
      },
      body,
      signal: AbortSignal.any([aborting.signal, AbortSignal.timeout(TIMEOUT)]),
    });
    // Whatever it answers is not read.
    await response.body?.cancel();
    if (!response.ok) throw new Fault('peer-refused', `the webhook answered ${response.status}`);
  }

  async function deliver(body: string): Promise<boolean> {
    for (const pause of [...PAUSES, undefined]) {
      if (aborting.signal.aborted) return false;
      try {
        await post(body);
        return true;
      } catch (error) {
        const { code, message } = asFault(error, 'peer-lost');
        log.warn({ code, why: message, again: pause !== undefined }, 'the webhook did not take an event');
        if (pause !== undefined) await new Promise<void>((resolve) => void clock.after(pause, resolve));
      }
    }
    return false;
  }

  async function run(): Promise<void> {
    running = true;
    for (let body = queue[0]; body !== undefined; body = queue[0]) {
      if (await deliver(body)) options.onDelivered();
      else options.onFailed();
      queue.shift();
    }
    running = false;
  }

  return {
    push: (event) => {
      if (queue.length >= MOST_WAITING || aborting.signal.aborted) {
        options.onFailed();
        return;
      }
      queue.push(JSON.stringify(event));
      if (!running) void run();
    },
    get waiting() {
      return queue.length;
    },
    stop: () => {
      aborting.abort();
      queue.length = 0;
    },
  };
}
