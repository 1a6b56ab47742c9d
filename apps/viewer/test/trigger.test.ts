import { afterEach, expect, test } from 'vitest';
import {
  everySeconds,
  judgeNow,
  REST_MS,
  Shutter,
  SMALL,
  StillScene,
  trigger,
} from '../src/state/live/trigger.js';

const COUNT = SMALL.width * SMALL.height;
/** An empty scene with noise, and a part that begins at a pixel. */
function scene(part: number | null, noise = 0): Uint8Array {
  const grey = Uint8Array.from({ length: COUNT }, (_, i) => 100 + ((i * 7919 + noise) % 9));
  if (part !== null) grey.fill(200, part, part + 40);
  return grey;
}
afterEach(() => {
  trigger.value = 'always';
  everySeconds.value = 5;
});

test('a scene is judged once, after it has come to rest, and again only after something moved', () => {
  const still = new StillScene();
  const seen: number[] = [];
  let now = 0;
  const look = (part: number | null, times: number) => {
    for (let i = 0; i < times; i++) {
      now += 100;
      if (still.look(scene(part, i), now)) seen.push(now);
    }
  };
  // a part is brought, lies still for seconds, is moved, and lies still
  for (const part of [0, 60, 120, 180]) look(part, 1);
  look(240, 30);
  expect(seen).toEqual([500 + REST_MS]);
  look(300, 1);
  look(360, 30);
  expect(seen).toHaveLength(2);
  // a part that is taken away and one of the same look in its place
  look(null, 1);
  look(360, 30);
  expect(seen).toHaveLength(3);
});

test('every few seconds, by a press, or each: what is asked of the camera is taken', () => {
  const never = (): never => {
    throw new Error('the frame is not looked at');
  };
  trigger.value = 'seconds';
  everySeconds.value = 2;
  const timed = new Shutter();
  const taken = Array.from({ length: 50 }, (_, i) => i * 100).filter((now) => timed.wants(never, now));
  expect(taken).toEqual([0, 2000, 4000]);

  trigger.value = 'key';
  const pressed = new Shutter();
  expect(pressed.wants(never, 0)).toBe(false);
  judgeNow();
  expect([pressed.wants(never, 1), pressed.wants(never, 2)]).toEqual([true, false]);

  trigger.value = 'still';
  const rests = new Shutter();
  const looks = Array.from({ length: 20 }, (_, i) => rests.wants(() => scene(0), i * 100));
  expect(looks.filter(Boolean)).toHaveLength(1);
  // the button does not wait for rest
  judgeNow();
  expect(rests.wants(() => scene(9), 2000)).toBe(true);
});
