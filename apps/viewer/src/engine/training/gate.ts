/** Whether a training goes on, waits or ends. */
export class Gate {
  #stopped = false;
  #resume: (() => void) | undefined;
  #paused: Promise<void> | undefined;

  get stopped(): boolean {
    return this.#stopped;
  }

  /** While it is paused, what ends the pause. */
  get paused(): Promise<void> | undefined {
    return this.#paused;
  }

  start(): void {
    this.#stopped = false;
  }

  pause(): void {
    this.#paused ??= new Promise((resolve) => (this.#resume = resolve));
  }

  goOn(): void {
    this.#resume?.();
    this.#paused = undefined;
  }

  stop(): void {
    this.#stopped = true;
    this.goOn();
  }
}
