// What a cell costs: seconds of training, memory, milliseconds a picture, numbers of the model. In a file beside its run folder, so that a
// comparison that is called again knows it.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset } from '@pyramid-mamba/data';
import { writeFileAtomic } from '@pyramid-mamba/data/node';
import { measure } from '@pyramid-mamba/inspect';
import { inputOf, loadModel } from '@pyramid-mamba/model';
import { z } from 'zod';
import { withOneThread } from '../backend.js';
import { UserError } from '../errors.js';
import { NEXT } from '../terminal/nextSteps.js';

const FORMAT = 'pyramid-mamba cell 1';
const amount = z.number().min(0).max(1e15);

const costSchema = z.object({
  format: z.literal(FORMAT),
  /** Seconds that were given (`--time`); null where the length was given by steps or epochs. */
  time: amount.nullable(),
  /** Of learning, without the encoding of the training pictures, thresholds and evaluation; null until it is complete. */
  seconds: amount.nullable(),
  /** The most memory of the process while the cell was trained and evaluated, in bytes. */
  peakBytes: amount.nullable(),
  /** The process had trained other cells before, whose memory a WebAssembly backend keeps: the cell alone takes at most so much. */
  peakIsBound: z.boolean(),
  /** Median milliseconds from a fitted picture to its map and score, one at a time in one thread. */
  picture: amount.nullable(),
  /** Numbers that were learnt (a memory bank's rows too), and those of the frozen encoder. */
  learnt: amount.nullable(),
  encoder: amount.nullable(),
});

export type Cost = Omit<z.infer<typeof costSchema>, 'format'>;

const pathOf = (out: string, key: string): string => join(out, `${key}.json`);

export const freshCost = (time: number | undefined): Cost => ({
  time: time ?? null,
  seconds: null,
  peakBytes: null,
  peakIsBound: false,
  picture: null,
  learnt: null,
  encoder: null,
});

/** undefined where the cell has none yet. Throws a UserError for a file that is damaged or of something else. */
export async function readCost(out: string, key: string): Promise<Cost | undefined> {
  const path = pathOf(out, key);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const found = costSchema.safeParse(value);
  if (found.success) return found.data;
  throw new UserError(
    `${path}: expected the costs of a cell ("format": "${FORMAT}"), but the file is damaged; remove it, and its figures are measured again where that is possible`,
  );
}

export const writeCost = (out: string, key: string, cost: Cost): Promise<void> =>
  writeFileAtomic(pathOf(out, key), `${JSON.stringify({ format: FORMAT, ...cost }, null, 2)}\n`);

/** The memory of this process at most since the last call of `restart`, where the system can say it, else since its start. */
export const peakMemory = {
  async restart(): Promise<void> {
    // Linux: the high-water mark falls to the present size; elsewhere there is no such file, and the mark stays
    await writeFile('/proc/self/clear_refs', '5').catch(() => undefined);
  },
  async bytes(): Promise<number> {
    const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
    const kibibytes = Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS);
    return kibibytes * 1024;
  },
};

/** Pictures that are timed, after one that is not. */
const TIMED = 5;

/** Times and counts a model file's model on test pictures. */
export async function modelCost(
  bytes: Uint8Array,
  where: string,
  { test }: Dataset,
): Promise<Pick<Cost, 'picture' | 'learnt' | 'encoder'>> {
  const { model } = loadModel(bytes, where, { recalibrate: true });
  try {
    const times: number[] = [];
    const samples = [...test.slice(0, 1), ...test.slice(0, TIMED)];
    await withOneThread(async () => {
      for (const sample of samples) {
        const { image } = await sample.load(inputOf(model.config));
        const begun = performance.now();
        await measure(model, [image], NEXT);
        times.push(performance.now() - begun);
      }
    });
    const timed = times.slice(1).sort((a, b) => a - b);
    const values = (tensors: Iterable<{ shape: readonly number[] }>): number =>
      [...tensors].reduce((sum, { shape }) => sum + shape.reduce((n, side) => n * side, 1), 0);
    return {
      picture: timed[Math.floor(timed.length / 2)] ?? null,
      learnt: values((await model.stateDict()).values()),
      encoder: values(model.encoder.weights.values()),
    };
  } finally {
    model.dispose();
  }
}
