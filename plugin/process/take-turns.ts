export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

/** Work that begins when all that came before it has ended, well or not. */
export function takeTurns(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
}
