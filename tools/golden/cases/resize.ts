import { binarise, normalizeImageNet, resizeGray, resizeMask, resizeRgb } from '@pyramid-mamba/data';
import type { Runner } from '../caseRunner.ts';

/** Normalised pixels are float32 of exact bytes. */
const NORMALIZED_TOLERANCE = 1e-5;

/** Pillow's bilinear resize, byte for byte, and ImageNet normalisation. */
export const resize: Runner = (golden, check) => {
  const host = golden.tensors.get('in.image')!;
  const [height, width] = host.shape as [number, number];
  const image = { width, height, data: host.data as Uint8Array };
  for (const name of golden.tensors.keys()) {
    const match = /^out\.(resized|normalized)_(\d+)$/.exec(name);
    if (!match) continue;
    const size = Number(match[2]);
    const resized = resizeRgb(image, size, size);
    if (match[1] === 'resized') check.tensor(name, resized.data);
    else {
      const hwc = normalizeImageNet(resized);
      const chw = Float32Array.from({ length: hwc.length }, (_, i) => {
        const channel = Math.floor(i / (size * size));
        return hwc[(i % (size * size)) * 3 + channel]!;
      });
      const want = golden.tensors.get(name)!.data as Float32Array;
      const worst = chw.reduce((m, x, i) => Math.max(m, Math.abs(x - want[i]!)), 0);
      check.value(name, worst, 0, NORMALIZED_TOLERANCE);
    }
  }
};

/** Ground-truth masks: binarised, resized, thresholded at one half. */
export const maskResize: Runner = (golden, check) => {
  const host = golden.tensors.get('in.mask')!;
  const [height, width] = host.shape as [number, number];
  const mask = { width, height, data: host.data as Uint8Array };
  for (const name of golden.tensors.keys()) {
    const match = /^out\.mask_(u8|bin)_(\d+)$/.exec(name);
    if (!match) continue;
    const size = Number(match[2]);
    const white = { width, height, data: binarise(mask).data.map((x) => 255 * x) };
    check.tensor(
      name,
      match[1] === 'u8' ? resizeGray(white, size, size).data : resizeMask(mask, size, size).data,
    );
  }
};
