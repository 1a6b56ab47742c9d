import { renderSynthetic, type RgbImage } from '@pyramid-mamba/data';
import type { ModelConfig, TrainConfig } from '@pyramid-mamba/model';
import { presets } from '@pyramid-mamba/model';
import type { TrainingRequest } from '../src/engine/training/types.js';

/** The smallest network that detects anything, and enough steps for it. */
export const model: ModelConfig = {
  ...presets.tiny.model,
  inputSize: 64,
  encoder: { arch: 'resnet18', width: 8 },
  mff: { bottlenecks: 1, noiseStd: 0.05 },
  decoder: { depths: [2, 2, 2, 2], dState: 4, grids: [1, 2], pss: true, lec: true, dropPath: 0 },
  map: { sigma: 2 },
};
export const train: TrainConfig = { ...presets.tiny.train, lr: 5e-3, epochs: 12, batchSize: 8 };

export const drawn = (index: number, size = 64): RgbImage =>
  renderSynthetic({ className: 'tile', seed: 1, split: 'train', index, defect: 'good', size }).image;

/** A good picture with a dark spot on it. */
export function spotted(index: number): RgbImage {
  const { width, height, data } = drawn(index);
  const out = Uint8Array.from(data);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if ((x - 40) ** 2 + (y - 24) ** 2 < 49) out.fill(10, (y * width + x) * 3, (y * width + x) * 3 + 3);
    }
  }
  return { width, height, data: out };
}

/** A picture as a PNG file, exact to the bit. */
export async function png({ width, height, data }: RgbImage): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  const pixels = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    pixels.data.set(data.subarray(i * 3, i * 3 + 3), i * 4);
    pixels.data[i * 4 + 3] = 255;
  }
  canvas.getContext('2d')!.putImageData(pixels, 0, 0);
  return canvas.convertToBlob({ type: 'image/png' });
}

export async function request(count: number, epochs = train.epochs): Promise<TrainingRequest> {
  const pictures = await Promise.all(
    Array.from({ length: count }, async (_, i) => ({ id: `tile/${i}.png`, file: await png(drawn(i)) })),
  );
  return {
    name: 'tiles',
    products: [{ name: 'tile', pictures }],
    model,
    train: { ...train, epochs },
    encoder: 'untrained',
  };
}

/** CRC-32 of bytes, as PNG has it. */
function crc(bytes: Uint8Array): number {
  let c = ~0;
  for (const byte of bytes) {
    c ^= byte;
    for (let bit = 0; bit < 8; bit++) c = (c >>> 1) ^ (c & 1 ? 0xedb88320 : 0);
  }
  return ~c >>> 0;
}

function chunk(kind: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(12 + body.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, body.length);
  out.set(new TextEncoder().encode(kind), 4);
  out.set(body, 8);
  view.setUint32(8 + body.length, crc(out.subarray(4, 8 + body.length)));
  return out;
}

/** A picture as a PNG with an alpha channel, which a canvas would not write unchanged; `alpha` by pixel. */
export async function pngWithAlpha(
  { width, height, data }: RgbImage,
  alpha: (i: number) => number,
): Promise<Blob> {
  const rows = new Uint8Array(height * (1 + width * 4));
  for (let i = 0; i < width * height; i++) {
    const at = Math.floor(i / width) * (1 + width * 4) + 1 + (i % width) * 4;
    rows.set(data.subarray(i * 3, i * 3 + 3), at);
    rows[at + 3] = alpha(i);
  }
  const packed = await new Response(
    new Blob([rows]).stream().pipeThrough(new CompressionStream('deflate')),
  ).arrayBuffer();
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, width);
  new DataView(header.buffer).setUint32(4, height);
  header.set([8, 6], 8);
  const magic = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10);
  return new Blob([
    magic,
    chunk('IHDR', header),
    chunk('IDAT', new Uint8Array(packed)),
    chunk('IEND', new Uint8Array()),
  ]);
}
