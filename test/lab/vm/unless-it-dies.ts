import { LabError } from '../process.ts';

const ATTEMPTS = 3;

/** Under emulation a kernel panics now and then before it has done anything: then it is started again. */
export async function unlessItDies<Value>(
  attempt: (number: number) => Promise<Value>,
  say: (text: string) => void,
  mayRepeat: () => boolean = () => true,
): Promise<Value> {
  for (let number = 1; ; number += 1)
    try {
      return await attempt(number);
    } catch (error) {
      const died = error instanceof LabError && error.code === 'machine-died';
      if (!died || number === ATTEMPTS || !mayRepeat()) throw error;
      say(`the machine died, attempt ${String(number)} of ${String(ATTEMPTS)}: ${lastLine(error.message)}`);
    }
}

function lastLine(text: string): string {
  return (
    text
      .trim()
      .split('\n')
      .findLast((line) => /panic|BUG|Oops/.test(line)) ?? text.slice(0, 200)
  );
}
