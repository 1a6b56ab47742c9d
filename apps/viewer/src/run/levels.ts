import type { LevelMap } from '@pyramid-mamba/model';
import { RunError } from './files.js';

/** Bytes of the small maps of one picture. */
export function levelBytes(shapes: readonly (readonly [height: number, width: number])[]): number {
  return shapes.reduce((sum, [height, width]) => sum + 4 * height * width, 0);
}

/** The small maps of a file of little-endian float32. Throws a RunError if its length does not match, or a value is not finite. */
export function readLevels(
  bytes: ArrayBuffer,
  shapes: readonly (readonly [height: number, width: number])[],
  where: string,
): LevelMap[] {
  if (bytes.byteLength !== levelBytes(shapes)) {
    throw new RunError(
      `${where}: expected ${levelBytes(shapes)} bytes for the maps in viewer.json, got ${bytes.byteLength}; evaluate the run again`,
    );
  }
  const view = new DataView(bytes);
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
