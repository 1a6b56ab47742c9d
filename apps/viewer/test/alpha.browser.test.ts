import { afterEach, expect, test, vi } from 'vitest';
import { picturePixels } from '../src/engine/pictures/decode.js';

afterEach(() => vi.restoreAllMocks());

/** A PNG of one colour, one pixel of it half transparent. */
async function translucent(): Promise<Blob> {
  const canvas = new OffscreenCanvas(8, 8);
  const context = canvas.getContext('2d')!;
  context.fillStyle = 'rgb(200 100 50)';
  context.fillRect(0, 0, 8, 8);
  context.clearRect(3, 3, 1, 1);
  context.fillStyle = 'rgb(200 100 50 / 0.5)';
  context.fillRect(3, 3, 1, 1);
  return canvas.convertToBlob();
}

test('a picture with transparent parts is refused where their colours cannot be read', async () => {
  const get = OffscreenCanvas.prototype.getContext;
  vi.spyOn(OffscreenCanvas.prototype, 'getContext').mockImplementation(function (
    this: OffscreenCanvas,
    ...args: unknown[]
  ) {
    return args[0] === 'webgl2' ? null : Reflect.apply(get, this, args);
  } as typeof get);
  await expect(picturePixels(await translucent(), 'a.png')).rejects.toThrow(
    /transparent parts.*without transparency/,
  );
});
