import { hash2 } from './noise.js';
import type { Rng } from './rng.js';

/** The inspection station's lamp and camera for one picture. */
export interface Light {
  /** Overall brightness, 0.97..1.03. */
  readonly gain: number;
  /** Relative change of brightness across the picture, left to right and top to bottom. */
  readonly gx: number;
  readonly gy: number;
  /** Per-channel drift of the white balance. */
  readonly white: readonly [number, number, number];
  /** Seed and standard deviation (8-bit steps) of the sensor's noise. */
  readonly noiseSeed: number;
  readonly noise: number;
}

/** Draws a station: brightness within 3 %, gradient within 2 %, white balance within 0.5 %: an enclosed station. */
export function sampleLight(rng: Rng): Light {
  return {
    gain: rng.range(0.97, 1.03),
    gx: rng.range(-0.02, 0.02),
    gy: rng.range(-0.02, 0.02),
    white: [rng.range(0.995, 1.005), rng.range(0.995, 1.005), rng.range(0.995, 1.005)],
    noiseSeed: rng.seed(),
    noise: rng.range(1, 1.6),
  };
}

/** Factor of channel `c` (0..2) at picture position (x, y) in 0..1. */
export function lightAt(light: Light, x: number, y: number, c: number): number {
  return light.gain * light.white[c]! * (1 + light.gx * (x - 0.5) * 2 + light.gy * (y - 0.5) * 2);
}

/** Turns the sum of two uniforms, less one, into unit variance. */
const UNIT = Math.sqrt(6);

/** The part of pixel (ix, iy)'s sensor noise that its three channels share, in [0, 1). */
export const sharedNoise = (light: Light, ix: number, iy: number): number => hash2(ix, iy, light.noiseSeed);

/** Sensor noise of channel `c` in 8-bit steps: the sum of two uniforms, one of them (`shared`) the pixel's. */
export function sensorNoise(light: Light, shared: number, ix: number, iy: number, c: number): number {
  return (shared + hash2(ix, iy, light.noiseSeed + 1 + c) - 1) * light.noise * UNIT;
}
