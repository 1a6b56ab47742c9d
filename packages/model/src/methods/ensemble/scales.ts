import { FormatError } from '../../errors.js';
import { floatsOf, type HostTensor } from '../../files/safetensors.js';
import { featureDistance } from '../../inference/recognition.js';
import type { HostArray } from '../../nn/params.js';

/** By what the maps of a class's pictures are divided. */
export interface ClassScale {
  /** By which a picture is found to be of the class, see `Encoder.prototype`. */
  readonly prototype: ArrayLike<number>;
  /** For each member the number that its maps are divided by, above 0. */
  readonly scale: ArrayLike<number>;
}

/** The names of the scales in files: (classes, values of a prototype), (classes, members). */
export const PROTOTYPES = 'scales.prototypes';
export const SCALES = 'scales.scales';

/** The scales of all classes of an ensemble. A picture's are those of the class with the nearest prototype. */
export class Scales {
  private constructor(private readonly classes: readonly ClassScale[]) {}

  /** Throws a RangeError for numbers that maps cannot be divided by. */
  static of(classes: readonly ClassScale[], members: number): Scales {
    if (classes.length === 0) throw new RangeError('ensemble: expected the scales of at least one class');
    for (const { scale } of classes)
      if (scale.length !== members || !Array.from(scale).every((one) => Number.isFinite(one) && one > 0))
        throw new RangeError(
          `ensemble: expected ${members} scales above 0 for each class, found ${Array.from(scale).join(', ')}`,
        );
    // in the precision of files, so that a loaded ensemble gives the same maps
    return new Scales(
      classes.map(({ prototype, scale }) => ({
        prototype: Float32Array.from(prototype),
        scale: Float32Array.from(scale),
      })),
    );
  }

  /** @throws FormatError that names what is missing or of another shape */
  static load(tensors: ReadonlyMap<string, HostTensor>, members: number, where: string): Scales {
    const [prototypes, scales] = [PROTOTYPES, SCALES].map((name) => {
      const tensor = tensors.get(name);
      if (tensor?.shape.length !== 2 || tensor.shape[0] === 0)
        throw new FormatError(`${where}: ${name} is missing or empty; the file does not match its method.`);
      return { rows: tensor.shape[0]!, width: tensor.shape[1]!, data: floatsOf(tensor, `${where}: ${name}`) };
    }) as [Rows, Rows];
    if (prototypes.rows !== scales.rows || scales.width !== members)
      throw new FormatError(
        `${where}: ${SCALES} must have the shape (${prototypes.rows}, ${members}), got (${scales.rows}, ${scales.width}).`,
      );
    const row = ({ data, width }: Rows, i: number) => data.subarray(i * width, (i + 1) * width);
    const classes = Array.from({ length: scales.rows }, (_, i) => ({
      prototype: row(prototypes, i),
      scale: row(scales, i),
    }));
    try {
      return Scales.of(classes, members);
    } catch (error) {
      throw new FormatError(`${where}: ${(error as Error).message}.`, { cause: error });
    }
  }

  /** Those of the class whose prototype is nearest. */
  of(feature: ArrayLike<number>): ArrayLike<number> {
    let nearest = this.classes[0]!;
    let least = Infinity;
    for (const one of this.classes) {
      const distance = featureDistance(one.prototype, feature);
      if (distance < least) [nearest, least] = [one, distance];
    }
    return nearest.scale;
  }

  stateDict(): [name: string, array: HostArray][] {
    const table = (rows: readonly ArrayLike<number>[]): HostArray => ({
      shape: [rows.length, rows[0]!.length],
      data: Float32Array.from(rows.flatMap((row) => Array.from(row))),
    });
    return [
      [PROTOTYPES, table(this.classes.map(({ prototype }) => prototype))],
      [SCALES, table(this.classes.map(({ scale }) => scale))],
    ];
  }
}

interface Rows {
  readonly rows: number;
  readonly width: number;
  readonly data: Float32Array;
}
