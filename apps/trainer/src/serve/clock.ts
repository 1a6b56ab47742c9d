/** Milliseconds by which the system's clock may leave the steady one before it counts as set: NTP moves both, so that only a step is seen. */
const STEP_MS = 1_000;

/** Notices that the system's clock was set, or that the machine slept. */
export class ClockWatch {
  #offset = Date.now() - performance.now();

  /** Milliseconds by which the clock was set since the last call, negative where it was set back; 0 where it was not. */
  moved(): number {
    const offset = Date.now() - performance.now();
    const moved = Math.round(offset - this.#offset);
    if (Math.abs(moved) < STEP_MS) return 0;
    this.#offset = offset;
    return moved;
  }
}
