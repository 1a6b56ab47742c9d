import { z } from 'zod';
import { RunError } from '../storage/port.js';
import { calibrationSchema } from './calibration.js';
import { MAX_CLASSES, MAX_NAME, MAX_SCORE, MAX_SIGMA, MAX_TILED_SIZE } from './limits.js';
import { namedRecord } from './named.js';

/** The value of `format` in a `viewer.json`. */
export const VIEWER_FORMAT = 'pyramid-mamba viewer 1';

const MAX_ITEMS = 200_000;
const MAX_LEVELS = 8;

const score = z.number().min(-MAX_SCORE).max(MAX_SCORE);
const name = z.string().min(1).max(MAX_NAME);
const path = z.string().min(1).max(1000);

const side = z.number().int().min(1).max(MAX_TILED_SIZE);

const manifestSchema = z.object({
  format: z.literal(VIEWER_FORMAT),
  dataset: name,
  /** Side of the model's input, where it is square, and of pictures, masks and maps; otherwise `width` and `height` stand in its place. */
  size: side.optional(),
  /** Of the model's input. */
  width: side.optional(),
  height: side.optional(),
  sigma: z.number().positive().max(MAX_SIGMA),
  scale: z.object({ low: namedRecord(score, name), span: z.number().positive().max(MAX_SCORE) }),
  classes: z.array(name).min(1).max(MAX_CLASSES),
  calibration: namedRecord(calibrationSchema, name),
  /** The model's configuration, which says how maps are made of the small ones; absent in older runs, of Pyramid-Mamba. */
  model: z.record(z.string(), z.unknown()).optional(),
  /** No score is above it; null where scores have no bound; absent in older runs, of Pyramid-Mamba. */
  largestScore: z.number().positive().max(MAX_SCORE).nullable().optional(),
  /** Why no OK of a class can be trusted, a clause, for the classes whose self-test failed; absent in older runs. */
  distrust: namedRecord(z.string().max(1000), name).optional(),
  /** Height and width of each picture's small maps. */
  levels: z.array(z.tuple([side, side])).max(MAX_LEVELS),
  items: z
    .array(
      z.object({
        id: z.string().min(1).max(100),
        file: path,
        class: name,
        label: z.union([z.literal(0), z.literal(1), z.null()]),
        defect: z.string().max(200),
        score,
        /** The picture is blank: a reason not to trust an OK. Absent where it is not, and in older runs. */
        blank: z.literal(true).optional(),
        /** Whether the picture looks like a product of the model: its verdict is UNKNOWN, with `hardly` unless it is NG. Absent where it does, and in older runs. */
        fit: z.enum(['hardly', 'no']).optional(),
        /** The part was not found in the picture: a reason not to trust an OK. Absent where it was, and where the model does not look for it. */
        lost: z.literal(true).optional(),
        /** Further reasons not to trust an OK, a clause each: it looks like another product. Absent without any, and in older runs. */
        doubts: z.array(z.string().max(1000)).max(100).optional(),
        /** Of the picture, its mask and its map, where they do not fill the model's input. */
        width: side.optional(),
        height: side.optional(),
        picture: path,
        mask: path.nullable(),
        levels: path.nullable(),
      }),
    )
    .max(MAX_ITEMS),
});

interface Size {
  readonly width: number;
  readonly height: number;
}
type Stored = z.infer<typeof manifestSchema>;

/** A judged picture in a `viewer.json`, with the size of its picture, mask and map in pixels. */
export type ManifestItem = Omit<Stored['items'][number], 'width' | 'height'> & Size;
/** The content of an evaluation's `viewer.json`, with the size of the model's input in pixels. */
export type Manifest = Omit<Stored, 'size' | 'width' | 'height' | 'items'> & Size & { items: ManifestItem[] };

/** The sizes that a file states. Throws a sentence for a file without, or with a picture that is larger than the input. */
function sized(stored: Stored): Manifest {
  const { size, width = size, height = size, ...rest } = stored;
  if (width === undefined || height === undefined) throw new Error('expected size, or width and height');
  const items = stored.items.map((item) => {
    const own = { ...item, width: item.width ?? width, height: item.height ?? height };
    if (own.width > width || own.height > height)
      throw new Error(`items: ${item.file} has ${own.width}x${own.height} pixels, more than the input`);
    return own;
  });
  return { ...rest, width, height, items };
}

/** A square input that every picture fills is `size` alone, as in files of earlier versions. */
function stored({
  width,
  height,
  items,
  dataset,
  ...rest
}: Omit<Manifest, 'format'>): Omit<Stored, 'format'> {
  return {
    dataset,
    ...(width === height ? { size: width } : { width, height }),
    ...rest,
    items: items.map(({ width: w, height: h, ...item }) =>
      w === width && h === height ? item : { ...item, width: w, height: h },
    ),
  };
}

/** Reads a `viewer.json`. Throws a RunError, one sentence, for any error in it; `where` names it. */
export function readManifest(text: string, where: string): Manifest {
  const refuse = (reason: string): never => {
    throw new RunError(`${where}: ${reason}; run \`pyramid-mamba evaluate\` on the run again`);
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('expected JSON, but the file is damaged');
  }
  const format: unknown = (value as { format?: unknown } | null)?.format;
  if (format !== VIEWER_FORMAT) {
    return refuse(
      `expected format "${VIEWER_FORMAT}", but it has ${JSON.stringify(format)?.slice(0, 80) ?? 'nothing'}`,
    );
  }
  const result = manifestSchema.safeParse(value);
  if (!result.success) {
    const [issue] = result.error.issues;
    return refuse(`${issue!.path.map(String).join('.')}: ${issue!.message}`);
  }
  let manifest: Manifest;
  try {
    manifest = sized(result.data);
  } catch (error) {
    return refuse((error as Error).message);
  }
  const known = new Set(manifest.classes);
  const low = manifest.classes.find((one) => !Object.hasOwn(manifest.scale.low, one));
  if (known.size < manifest.classes.length) return refuse('classes: a name occurs twice');
  if (low !== undefined) return refuse(`scale.low: the class "${low}" is missing`);
  const ids = new Set<string>();
  for (const item of manifest.items) {
    if (!known.has(item.class))
      return refuse(`items: the class "${item.class}" of ${item.file} is not in classes`);
    if (ids.has(item.id)) return refuse(`items: the id "${item.id}" occurs twice`);
    ids.add(item.id);
  }
  return manifest;
}

/** The text of a `viewer.json`. */
export const manifestText = (manifest: Omit<Manifest, 'format'>): string =>
  `${JSON.stringify({ format: VIEWER_FORMAT, ...stored(manifest) })}\n`;
