// A run of the paper's size, for measuring the page: 5,000 pictures of 256×256 pixels in the list, a few in the folder.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderSynthetic } from '@pyramid-mamba/data';
import { encodePngRgb } from '@pyramid-mamba/data/node';
import { anomalyMap } from '@pyramid-mamba/model';

export const PICTURES = 5_000;
const FILES = 24;
const SIZE = 256;
const SIGMA = 4;
const SIDES = [64, 32, 16];

/** Noise of 0..0.02 that is the same every time, and at its place a defect, for odd pictures. */
function level(side: number, i: number): Float32Array {
  let seed = i * 7919 + side;
  const [x0, y0] = [0.3 + 0.02 * i, 0.5];
  return Float32Array.from({ length: side * side }, (_, at) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const [x, y] = [((at % side) + 0.5) / side, (Math.floor(at / side) + 0.5) / side];
    const defect = i % 2 === 1 && Math.hypot(x - x0, y - y0) < 0.1 ? 0.4 : 0;
    return defect + (0.02 * seed) / 2 ** 32;
  });
}

/** Writes the run with `model` into `folder`. */
export async function writeLargeRun(folder: string, model: string): Promise<void> {
  for (const name of ['pictures', 'levels']) mkdirSync(join(folder, 'viewer', name), { recursive: true });
  cpSync(model, join(folder, 'model.safetensors'));
  const scores: number[] = [];
  for (let i = 0; i < FILES; i++) {
    const { image } = renderSynthetic({
      className: 'tile',
      seed: 1,
      split: 'test',
      index: i,
      defect: 'good',
      size: SIZE,
    });
    writeFileSync(join(folder, `viewer/pictures/${i}.png`), await encodePngRgb(image));
    const levels = SIDES.map((side) => ({ height: side, width: side, data: level(side, i) }));
    scores.push(anomalyMap([levels], SIZE, SIZE, SIGMA).scores[0]!);
    writeFileSync(
      join(folder, `viewer/levels/${i}.f32`),
      Buffer.concat(levels.map(({ data }) => Buffer.from(data.buffer))),
    );
  }
  const items = Array.from({ length: PICTURES }, (_, n) => {
    const i = n % FILES;
    const label = i % 2;
    return {
      id: String(n),
      file: `tile/test/${label === 1 ? 'crack' : 'good'}/${n}.png`,
      class: 'tile',
      label,
      defect: label === 1 ? 'crack' : 'good',
      // as if all pictures differed
      score: scores[i]! + (0.03 * ((n * 7919) % PICTURES)) / PICTURES,
      picture: `pictures/${i}.png`,
      mask: null,
      levels: `levels/${i}.f32`,
    };
  });
  const all = items.map(({ score }) => score).sort((a, b) => a - b);
  const [review, reject] = [all[Math.floor(PICTURES * 0.45)]!, all[Math.floor(PICTURES * 0.55)]!];
  const calibration = {
    review,
    reject,
    method: 'manual',
    goodCount: PICTURES / 2,
    defectCount: PICTURES / 2,
    scoreRange: [all[0], all.at(-1)],
    background: 0.005,
  };
  writeFileSync(
    join(folder, 'viewer/viewer.json'),
    JSON.stringify({
      format: 'pyramid-mamba viewer 1',
      dataset: 'synthetic',
      size: SIZE,
      sigma: SIGMA,
      scale: { low: { tile: 0.005 }, span: 0.2 },
      classes: ['tile'],
      calibration: { tile: calibration },
      levels: SIDES.map((side) => [side, side]),
      items,
    }),
  );
}
