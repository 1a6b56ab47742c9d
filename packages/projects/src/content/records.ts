// Schemas of what a project holds. A record that does not pass its schema is set aside by name; the others are read.
import { VERDICTS } from '@pyramid-mamba/metrics';
import { calibrationSchema, MAX_NAME, MAX_SCORE } from '@pyramid-mamba/runs';
import { z } from 'zod';

/** The most bytes of one picture, mask and model file. */
export const MOST_BYTES = { picture: 2 ** 29, mask: 2 ** 26, model: 2 ** 31 } as const;

/** SHA-256 of bytes, 64 lower-case hexadecimal digits: the name of a stored file. */
export const hashSchema = z.string().regex(/^[0-9a-f]{64}$/);
/** A point in time, ISO 8601 in UTC. */
const time = z.iso.datetime();
const name = z.string().min(1).max(MAX_NAME);
/** The name of a file: longer than any file system's. */
const fileName = z.string().min(1).max(1_000);
const sentence = z.string().max(4_000);
const count = z.number().int().min(0);
const side = z.number().int().min(1).max(1_000_000);
const score = z.number().min(-MAX_SCORE).max(MAX_SCORE);
const share = z.number().min(0).max(1);

/** A polygon's corners as fractions of the picture's width and height, 0 to 1. */
export const polygonSchema = z
  .array(z.tuple([share, share]))
  .min(3)
  .max(1_000)
  .readonly();
const polygons = z.array(polygonSchema).max(100).readonly();
/** The judged part of a product's pictures: the polygons of `use`, or all if there are none, without those of `ignore`. */
export const areasSchema = z.object({ use: polygons, ignore: polygons });

/** The unit of length of a product's pictures: what a person said how many mm wide. */
export const scaleSchema = z.object({
  /** Length of `of` in mm: from a nanometre to a kilometre. */
  mm: z.number().min(1e-6).max(1e6),
  /** `width`: all that a picture shows from its left to its right side, whatever its pixels; `pixel`: one pixel of it. */
  of: z.enum(['width', 'pixel']),
});

/** What a picture is for: `good` and `defective` teach and test a model, `judge` is only to be judged. */
export const PICTURE_KINDS = ['good', 'defective', 'judge'] as const;

export const productSchema = z.object({
  /** Its key in the project, and the class's name in model files. */
  name,
  created: time,
  areas: areasSchema,
  /** How large it is in its pictures; absent while nobody has said it, as in older projects. */
  scale: scaleSchema.optional(),
});

export const pictureSchema = z.object({
  /** SHA-256 of its bytes, its key. */
  id: hashSchema,
  /** The name of its file. */
  name: fileName,
  /** The name of its product; null while nobody has said it. */
  product: name.nullable(),
  kind: z.enum(PICTURE_KINDS),
  /** In pixels, upright; null where its header was not read. */
  width: side.nullable(),
  height: side.nullable(),
  /** Size of its file. */
  bytes: count.max(MOST_BYTES.picture),
  added: time,
  /** Where its defects are, drawn or accepted by a person; empty where nobody has said. */
  regions: polygons,
  /** SHA-256 of a mask file (PNG, non-zero where defective), if there is one. */
  mask: hashSchema.nullable(),
  /** When it was deleted; null while it is in use. Its bytes stay until the project's deleted pictures are removed for good. */
  deleted: time.nullable(),
});

export const labelSchema = z.object({
  /** `good`: a false alarm if the verdict was not OK; `defective`: an escape if the verdict was OK. */
  is: z.enum(['good', 'defective']),
  regions: polygons,
  at: time,
  /** What the picture was for before it became `is`; absent in older projects, where it stayed what it was. */
  was: z.enum(PICTURE_KINDS).optional(),
});

export const judgedSchema = z.object({
  /** Its key: the SHA-256 of the picture's bytes. The picture itself may not be stored (a camera's frame). */
  id: hashSchema,
  name: fileName,
  /** The product it was judged as; null if the model did not recognise one. */
  product: name.nullable(),
  /** null where the picture could not be judged; `remark` says why. */
  score: score.nullable(),
  verdict: z.enum(VERDICTS).nullable(),
  /** The thresholds of the verdict; null where the model has none for the product. */
  review: score.nullable(),
  reject: score.nullable(),
  /** Why not to trust an OK, and why there is no verdict; '' where there is nothing to say. */
  remark: sentence,
  /** Where the map reached the review threshold, most anomalous first: boxes in pixels of the picture. */
  regions: z
    .array(
      z.object({
        x: count,
        y: count,
        width: side,
        height: side,
        /** The largest value of the map inside. */
        peak: score,
      }),
    )
    .max(1_000)
    .readonly(),
  /** Id of the model that judged it. */
  model: hashSchema,
  at: time,
  /** Time from the bytes to the verdict, in ms. */
  milliseconds: z.number().min(0).max(MAX_SCORE),
  /** What a person said about it; null while nobody has. */
  label: labelSchema.nullable(),
});

export const thresholdsSchema = z.object({ product: name, calibration: calibrationSchema });

export const modelSchema = z.object({
  /** SHA-256 of its file, its key. */
  id: hashSchema,
  /** Name of its file. */
  name: fileName,
  /** Size of its file. */
  bytes: count.max(MOST_BYTES.model),
  created: time,
  /** How it came into the project. */
  from: z.enum(['trained', 'opened']),
  /** Its method for people: `memory bank`. */
  method: z.string().max(200),
  /** The products (classes) it knows. */
  products: z.array(name).max(1_000).readonly(),
  /** Ids of the pictures it learnt from, and of those held back for its thresholds and self-test. */
  learnt: z.array(hashSchema).max(1_000_000).readonly(),
  heldBack: z.array(hashSchema).max(1_000_000).readonly(),
  /** What the self-test found, a sentence per product; empty where none was made. */
  selfTest: z.array(z.object({ product: name, sentence })).readonly(),
  /** Thresholds set by a person, in place of those in the file. They belong to the model: going back to it brings them back. */
  thresholds: z.array(thresholdsSchema).readonly(),
  /** When it was deleted; absent while it is kept. Its file stays until what is deleted in the project is removed for good. */
  deleted: time.optional(),
});

/** A training that can be resumed. Its files are in the project's folder `training`, which the trainer owns. */
export const trainingSchema = z.object({
  started: time,
  /** When its last checkpoint was written; null before the first. */
  saved: time.nullable(),
  /** For people: `step 120 of 450`. */
  progress: z.string().max(200),
  /** Seconds that the user chose; null: until stopped. */
  seconds: z.number().min(0).max(1e7).nullable(),
});

export const aboutSchema = z.object({
  name,
  created: time,
  changed: time,
  /** Id of the current model. */
  model: hashSchema.nullable(),
  training: trainingSchema.nullable(),
  /** Where the project came from, for people: `the example`, `imported from parts.pmproject`; '' for one's own. */
  origin: z.string().max(MAX_NAME),
});

export type Polygon = z.infer<typeof polygonSchema>;
export type Areas = z.infer<typeof areasSchema>;
export type Scale = Readonly<z.infer<typeof scaleSchema>>;
export type PictureKind = (typeof PICTURE_KINDS)[number];
export type Product = Readonly<z.infer<typeof productSchema>>;
export type Picture = Readonly<z.infer<typeof pictureSchema>>;
export type Label = Readonly<z.infer<typeof labelSchema>>;
export type Judged = Readonly<z.infer<typeof judgedSchema>>;
export type ModelEntry = Readonly<z.infer<typeof modelSchema>>;
export type TrainingEntry = Readonly<z.infer<typeof trainingSchema>>;
export type About = Readonly<z.infer<typeof aboutSchema>>;
