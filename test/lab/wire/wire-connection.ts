/** One connection of a `wire`, as far as it has told. */
export class WireConnection {
  readonly #id: string;
  readonly #say: (line: string) => void;
  opened = false;
  /** Why, once it is. */
  closed: string | undefined;
  heard = '';

  constructor(id: string, say: (line: string) => void) {
    this.#id = id;
    this.#say = say;
  }

  say(text: string): void {
    this.#say(`say ${this.#id} ${Buffer.from(text).toString('hex')}`);
  }

  close(): void {
    this.#say(`close ${this.#id}`);
  }

  hear(what: 'opened' | 'heard' | 'closed', text: string): void {
    if (what === 'opened') this.opened = true;
    else if (what === 'heard') this.heard += Buffer.from(text, 'hex').toString();
    else this.closed = text;
  }
}
