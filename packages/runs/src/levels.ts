import { RunError, type Bytes } from './storage/port.js';

/** A map of one level, row-major. */
export interface SmallMap {
  readonly height: number;
  readonly width: number;
  readonly data: Float32Array;
}

/** Height and width of each small map of a picture, fine to coarse. */
export type LevelShapes = readonly (readonly [height: number, width: number])[];

/** Bytes of the small maps of one picture. */
export function levelBytes(shapes: LevelShapes): number {
  return shapes.reduce((sum, [height, width]) => sum + 4 * height * width, 0);
}

/** The small maps of a file of little-endian float32. Throws a RunError if its length does not match, or a value is not finite. */
export function readLevels(bytes: Bytes, shapes: LevelShapes, where: string): SmallMap[] {
  if (bytes.byteLength !== levelBytes(shapes)) {
    throw new RunError(
      `${where}: expected ${levelBytes(shapes)} bytes for the maps in viewer.json, got ${bytes.byteLength}; evaluate the run again`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  return shapes.map(([height, width]) => {
    const data = new Float32Array(height * width);
    for (let i = 0; i < data.length; i++, at += 4) data[i] = view.getFloat32(at, true);
    if (!data.every(Number.isFinite)) {
      throw new RunError(`${where}: a value is not a finite number; evaluate the run again`);
    }
    return { height, width, data };
  });
}

/** The file that `readLevels` reads. */
export function levelsFile(levels: readonly SmallMap[]): Bytes {
  const bytes = new DataView(new ArrayBuffer(levels.reduce((sum, { data }) => sum + data.byteLength, 0)));
  let at = 0;
  for (const { data } of levels) {
    for (const value of data) {
      bytes.setFloat32(at, value, true);
      at += 4;
    }
  }
  return new Uint8Array(bytes.buffer);
}
