// When a camera's picture is judged: each frame, or one picture at a time.
import { signal } from '@preact/signals';

/** What makes the camera's picture be judged; `always`: each frame, as fast as they are judged. */
export const TRIGGERS = {
  always: 'every frame, as fast as it can',
  still: 'when the scene comes to rest',
  key: 'when I press a key or the button',
  seconds: 'every few seconds',
} as const;
export type Trigger = keyof typeof TRIGGERS;

export const trigger = signal<Trigger>('always');
/** For `seconds`: from one picture to the next, at least. */
export const everySeconds = signal(5);
/** Whether judged pictures of the camera join the open project; those of `always` never do by themselves. */
export const keepShots = signal(true);

let pressed = false;
/** The key or the button of the trigger. */
export const judgeNow = (): void => void (pressed = true);

/** Pixels across and down at which two frames are compared. */
export const SMALL = { width: 32, height: 24 } as const;
/** A grey value changes by noise and flicker, 0 to 255, up to this. */
const NOISE = 20;
/** Above this share of changed pixels something moves. */
const MOVING = 0.01;
/** The scene rests if nothing has moved for so many milliseconds. */
export const REST_MS = 400;

/** Tells a scene that has come to rest, once for each: `look` is called with small grey frames. */
export class StillScene {
  #before: ArrayLike<number> | undefined;
  #since = 0;
  #moved = true;

  /** @param now in ms */
  look(small: ArrayLike<number>, now: number): boolean {
    const before = this.#before;
    this.#before = small;
    if (!before || moves(before, small)) {
      this.#moved = true;
      this.#since = now;
      return false;
    }
    if (!this.#moved || now - this.#since < REST_MS) return false;
    this.#moved = false;
    return true;
  }
}

function moves(before: ArrayLike<number>, now: ArrayLike<number>): boolean {
  let changed = 0;
  for (let i = 0; i < now.length; i++) if (Math.abs(now[i]! - before[i]!) > NOISE) changed++;
  return changed > MOVING * now.length;
}

/** Decides for each new frame whether its picture is to be judged. */
export class Shutter {
  #still = new StillScene();
  #last = -Infinity;

  /** @param small the frame, small and grey; called only where it is needed */
  wants(small: () => ArrayLike<number>, now: number): boolean {
    const asked = pressed;
    pressed = false;
    // the button counts whatever the trigger is
    if (asked || this.#due(small, now)) {
      this.#last = now;
      return true;
    }
    return false;
  }

  #due(small: () => ArrayLike<number>, now: number): boolean {
    const by = trigger.peek();
    if (by === 'still') return this.#still.look(small(), now);
    this.#still = new StillScene();
    return by === 'seconds' && now - this.#last >= 1000 * everySeconds.peek();
  }
}
