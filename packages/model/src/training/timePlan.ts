/** Steps that are measured at least; the first one is a warm-up and does not count. */
const LEAST_STEPS = 4;
/** Seconds that are measured at least, as a share of the time given and at most. */
const SHARE = 0.1;
const MOST_SECONDS = 10;
/** Measuring ends with the step that exceeds this share of the time, however few were made. */
const AT_MOST = 0.5;

/** Measures the steps of a training that has `within` seconds. `now` gives seconds. */
export class StepTimer {
  readonly #begun: number;
  #marks: number[] = [];

  constructor(
    private readonly within: number,
    private readonly now: () => number = () => performance.now() / 1000,
  ) {
    this.#begun = now();
  }

  /** A step has ended. */
  mark(): void {
    this.#marks.push(this.now());
  }

  /** Seconds since the beginning. */
  get seconds(): number {
    return this.now() - this.#begun;
  }

  get isEnough(): boolean {
    const steps = this.#marks.length;
    if (steps === 0) return false;
    const spent = this.#marks.at(-1)! - this.#begun;
    if (spent >= AT_MOST * this.within) return true;
    return steps >= LEAST_STEPS && spent >= Math.min(MOST_SECONDS, SHARE * this.within);
  }

  /** Mean seconds per step, without the first one where there are others. */
  get perStep(): number {
    const marks = this.#marks;
    const [first, last] = [marks[0]!, marks.at(-1)!];
    return marks.length > 1 ? (last - first) / (marks.length - 1) : first - this.#begun;
  }
}

/**
 * The length of a training in steps: those done, and as many as fit into `left` seconds. The learning rate must not fall before the
 * last step that is done, since that step was made without a plan: where hardly any time is left, a few steps more are planned.
 */
export function plannedSteps({
  done,
  left,
  perStep,
  dropAt,
}: {
  done: number;
  left: number;
  perStep: number;
  dropAt: number;
}): number {
  // a clock may not have moved: browsers round it
  let steps = done + Math.max(0, Math.floor(left / Math.max(perStep, 1e-3)));
  // with a share of 1 it never falls
  while (Math.floor(dropAt * steps) < done) steps++;
  return Math.max(1, steps);
}
