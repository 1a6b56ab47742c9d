// A clock that is set while the program runs, as an operator, a time server or an empty battery does it. Its user needs modules of its own.
import { vi } from 'vitest';

export const HOUR = 3_600_000;

/** Replaces the system's clock for this process; the steady one goes on as it is. `set` moves it by so many milliseconds. */
export function jumpingClock(): { set: (byMs: number) => void; restore: () => void } {
  const System = Date;
  let shift = 0;
  class JumpingDate extends System {
    constructor(...given: [] | [number | string | Date]) {
      super(given.length === 0 ? System.now() + shift : given[0]);
    }
    static override now(): number {
      return System.now() + shift;
    }
  }
  vi.stubGlobal('Date', JumpingDate);
  return { set: (byMs) => void (shift += byMs), restore: () => void vi.unstubAllGlobals() };
}
