import { resizeGray } from './resize.js';
import type { GrayImage } from '../types.js';

/** 1 where `mask` is not 0, else 0: masks contain 255, 1 or the number of the defect. Same size. */
export function binarise(mask: GrayImage): GrayImage {
  const data = new Uint8Array(mask.data.length);
  for (let i = 0; i < data.length; i++) data[i] = mask.data[i]! > 0 ? 1 : 0;
  return { width: mask.width, height: mask.height, data };
}

/**
 * A mask at another size, as in the reference code: (mask > 0) * 255, Pillow's bilinear resize, / 255, > 0.5.
 * Returns values 0 and 1. A defect much smaller than a target pixel can vanish, as in that code.
 */
export function resizeMask(mask: GrayImage, width: number, height: number): GrayImage {
  const ones = binarise(mask);
  const full = ones.data.map((value) => value * 255);
  const resized = resizeGray({ ...ones, data: full }, width, height);
  // v / 255 > 0.5 for an integer v is v >= 128
  const data = new Uint8Array(resized.data.length);
  for (let i = 0; i < data.length; i++) data[i] = resized.data[i]! >= 128 ? 1 : 0;
  return { width, height, data };
}
