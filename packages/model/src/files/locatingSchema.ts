import { z } from 'zod';
import { namedRecord } from './namedRecord.js';

/** Largest side of a reference, in cells. */
const MOST_CELLS = 256;
const side = z.number().int().min(8).max(MOST_CELLS);

/** How a product looks where it is expected: what its pictures are aligned to. */
const referenceSchema = z
  .strictObject({
    height: side,
    width: side,
    /** Brightness, 0 to 255, of cells over the whole picture, row-major. */
    grey: z.array(z.number().int().min(0).max(255)).max(MOST_CELLS ** 2),
    /** Width of a pixel of the model's input over its height, in the picture as taken: pictures are turned in their own proportions. */
    aspect: z.number().positive().finite(),
    /** The agreement, 0 to 1, below which the part counts as not found. */
    least: z.number().min(0).max(1),
  })
  .refine(({ height, width, grey }) => grey.length === height * width, {
    path: ['grey'],
    message: 'expected one number for each cell, height times width',
  });

/** How the part in a picture is found before the picture is judged. Programs that do not know it refuse the file. */
export const locatingSchema = z.strictObject({
  /** `shift`: it may be moved; `turn`: moved and turned. */
  by: z.enum(['shift', 'turn']),
  /** How far is looked: the largest shift as a share of a side, the largest turn in degrees either way. */
  reach: z.strictObject({ shift: z.number().gt(0).max(0.5), turn: z.number().min(0).max(180) }),
  /** Of each class. */
  references: namedRecord(referenceSchema),
});

export type Locating = z.infer<typeof locatingSchema>;
export type LocatingReference = z.infer<typeof referenceSchema>;
