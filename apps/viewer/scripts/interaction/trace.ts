// Evaluates a Chrome trace of the page's main thread.

/** An event of the trace; times in microseconds. */
export interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  /** Wall-clock time. */
  readonly dur?: number;
  /** CPU time: `dur` without the time of other programs. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

export const CATEGORIES = ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline'];

const MAIN = 'CrRendererMain';
const WORKER = 'DedicatedWorker thread';
const TASKS = new Set(['RunTask', 'ThreadControllerImpl::RunTask']);
const FRAME = 'FireAnimationFrame';

/** Milliseconds. */
export interface Spread {
  readonly median: number;
  readonly p95: number;
  readonly max: number;
}

export interface Interaction {
  readonly frames: number;
  /** The longest tasks of the main thread, wall and CPU time. */
  readonly longest: { readonly wall: number; readonly cpu: number };
  /** The main thread's work from one frame to the next. */
  readonly work: { readonly wall: Spread; readonly cpu: Spread };
  /** The frame interval. */
  readonly interval: Spread;
  /** Share of the time that the workers were busy. */
  readonly workers: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
  return { median: at(0.5), p95: at(0.95), max: at(1) };
}

const ms = (microseconds: number) => microseconds / 1000;

/** Sums up a trace of one page. Throws if it has no page, or too few frames. */
export function interactionOf(events: readonly TraceEvent[]): Interaction {
  const threads = new Map<string, string>();
  for (const { name, ph, pid, tid, args } of events)
    if (ph === 'M' && name === 'thread_name') threads.set(`${pid} ${tid}`, args?.name ?? '');
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const frames = events.filter((event) => event.name === FRAME && threads.get(threadOf(event)) === MAIN);
  const [first] = frames;
  if (!first || frames.length < 10)
    throw new Error(`the trace has ${frames.length} frames of a page; expected at least 10`);
  // other renderers draw nothing here
  const main = threadOf(first);
  const starts = frames.map(({ ts }) => ts).sort((a, b) => a - b);
  const [begin, end] = [starts[0]!, starts.at(-1)!];
  const within = ({ ts }: TraceEvent) => ts >= begin && ts < end;
  const tasks = outermost(
    events.filter((event) => TASKS.has(event.name) && event.ph === 'X' && within(event)),
  );
  const own = tasks.filter((task) => threadOf(task) === main);
  const wall = starts.slice(1).map(() => 0);
  const cpu = wall.slice();
  let frame = 0;
  for (const { ts, dur = 0, tdur = 0 } of own) {
    while (frame < wall.length - 1 && ts >= starts[frame + 1]!) frame++;
    wall[frame]! += ms(dur);
    cpu[frame]! += ms(tdur);
  }
  const most = (of: (task: TraceEvent) => number | undefined) =>
    own.reduce((longest, task) => Math.max(longest, ms(of(task) ?? 0)), 0);
  const computed = tasks.filter((task) => threads.get(threadOf(task)) === WORKER);
  return {
    frames: wall.length,
    longest: { wall: most(({ dur }) => dur), cpu: most(({ tdur }) => tdur) },
    work: { wall: spread(wall), cpu: spread(cpu) },
    interval: spread(starts.slice(1).map((ts, i) => ms(ts - starts[i]!))),
    workers: computed.reduce((sum, { dur = 0 }) => sum + dur, 0) / (end - begin),
  };
}

/** Tasks by start time, without those nested in another one of the same thread. */
function outermost(tasks: readonly TraceEvent[]): TraceEvent[] {
  const ends = new Map<string, number>();
  return tasks
    .toSorted((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0))
    .filter(({ pid, tid, ts, dur = 0 }) => {
      const thread = `${pid} ${tid}`;
      if (ts < (ends.get(thread) ?? -Infinity)) return false;
      ends.set(thread, ts + dur);
      return true;
    });
}
