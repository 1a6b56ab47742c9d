import type { RgbImage } from '../types.js';

/** Of 256 levels: a picture is blank if no channel varies by more than this. */
const BLANK_RANGE = 4;
/** Of 256 levels: a picture is dark if no value is above this, with any noise. */
const DARK = 8;

/** Whether a picture is blank: (nearly) a single colour, or dark everywhere, as with a covered lens or an empty frame. */
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
