import { z } from 'zod';

const share = z.number().min(0).max(1);
const polygons = z
  .array(
    z
      .array(z.tuple([share, share]))
      .min(3)
      .max(1000),
  )
  .max(100);

/** The judged part of a product's pictures: the polygons of `use`, or all of it if there are none, without those of `ignore`; corners as fractions of width and height. */
export const productAreasSchema = z.strictObject({
  use: polygons.default([]),
  ignore: polygons.default([]),
});

export type ProductAreas = z.infer<typeof productAreasSchema>;
