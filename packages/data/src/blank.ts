import type { RgbImage } from './types.js';

/** Of 256 levels: a picture whose every channel varies by no more shows nothing. */
const BLANK_RANGE = 4;
/** Of 256 levels: a picture with nothing brighter is dark, whatever the noise in it. */
const DARK = 8;

/** Whether a picture shows nothing: (nearly) one colour everywhere, or dark everywhere, as with a covered lens or an empty frame. */
export function isBlank({ data }: RgbImage): boolean {
  const least = [255, 255, 255];
  const most = [0, 0, 0];
  for (let i = 0; i < data.length; i++) {
    const channel = i % 3;
    const value = data[i]!;
    if (value < least[channel]!) least[channel] = value;
    if (value > most[channel]!) most[channel] = value;
    if (most[channel]! - least[channel]! > BLANK_RANGE && most[channel]! > DARK) return false;
  }
  return true;
}
