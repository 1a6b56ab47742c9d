// What a team of threads shares beside the backend's memory: the calls to make, and who has taken which.

/** Places of the counters in `counters`. */
export const COUNTER = {
  /** Grows with each list of tasks; who waits is woken by it. */
  round: 0,
  /** Tasks that nobody has taken. Who lowers it from n to n - 1 has taken task n - 1. */
  open: 1,
  /** Tasks that are done. */
  done: 2,
  /** A task threw: its `problem` has the text. */
  failed: 3,
} as const;

/** Of a call in `calls`: the function's number, how many arguments follow, and they. */
export const CALL_WIDTH = 48;
const MAX_CALLS = 4096;
const MAX_TASKS = 1024;
const PROBLEM_LENGTH = 256;

/** Shared by all threads of a team. A task is calls one after the other; tasks are independent of each other. */
export interface Board {
  readonly counters: Int32Array;
  /** Of each task the number of its first call, and behind the last task how many calls there are. */
  readonly starts: Int32Array;
  readonly calls: Float64Array;
  /** UTF-16 of an error's message, ended by 0. */
  readonly problem: Uint16Array;
}

export function newBoard(): Board {
  return {
    counters: new Int32Array(new SharedArrayBuffer(4 * Object.keys(COUNTER).length)),
    starts: new Int32Array(new SharedArrayBuffer(4 * (MAX_TASKS + 1))),
    calls: new Float64Array(new SharedArrayBuffer(8 * CALL_WIDTH * MAX_CALLS)),
    problem: new Uint16Array(new SharedArrayBuffer(2 * PROBLEM_LENGTH)),
  };
}

/** A function's number and its arguments in their positions. */
export type NumberedCall = readonly [id: number, args: readonly number[]];

/** Writes the tasks; false where the board is too small for them. Nobody may work. */
export function writeTasks({ starts, calls }: Board, tasks: readonly (readonly NumberedCall[])[]): boolean {
  const count = tasks.reduce((sum, task) => sum + task.length, 0);
  if (tasks.length > MAX_TASKS || count > MAX_CALLS) return false;
  let call = 0;
  tasks.forEach((task, i) => {
    starts[i] = call;
    for (const [id, args] of task) {
      const at = call++ * CALL_WIDTH;
      calls[at] = id;
      calls[at + 1] = args.length;
      for (let k = 0; k < args.length; k++) calls[at + 2 + k] = args[k]!;
    }
  });
  starts[tasks.length] = call;
  return true;
}

/** The text of the task that threw. */
export function readProblem({ problem }: Board): string {
  const end = problem.indexOf(0);
  return String.fromCharCode(...problem.subarray(0, end < 0 ? problem.length : end));
}
