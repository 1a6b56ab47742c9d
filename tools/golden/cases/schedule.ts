import { learningRate } from '@pyramid-mamba/model';
import { z } from 'zod';
import type { Runner } from '../caseRunner.ts';

const schema = z.object({
  examples: z.array(
    z.object({
      base_lr: z.number(),
      epochs: z.number(),
      iters_per_epoch: z.number(),
      lr: z.record(z.string(), z.number()),
    }),
  ),
});

/** The step schedule: a tenth after 80 % of the epochs. */
export const schedule: Runner = (golden, check) => {
  for (const example of schema.parse(golden.hyper).examples)
    for (const [iteration, want] of Object.entries(example.lr)) {
      const got = learningRate(
        { lr: example.base_lr, epochs: example.epochs, dropAt: 0.8 },
        Number(iteration),
        example.iters_per_epoch,
      );
      check.numbers(`lr(${iteration})`, [got], [want], 1e-12);
    }
};
