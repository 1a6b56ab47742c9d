/** The parts of a bitmap; all have defaults. */
export interface BmpParts {
  width: number;
  /** Negative: rows are stored from top to bottom. */
  height: number;
  bits: number;
  /** The bytes of each row as in the file, without padding, first row of the file first. */
  rows: number[][];
  /** Entries of the colour table: blue, green, red. */
  table?: number[][];
  /** Red, green and blue masks: compression 3. */
  masks?: number[];
  compression?: number;
  /** Bytes between the header and the pixels. */
  gap?: number;
  /** The header of OS/2, 12 bytes. */
  core?: boolean;
}

/** A BMP file: an oracle for the decoder that shares no code with it. */
export function makeBmp(parts: BmpParts): Buffer {
  const { width, height, bits, rows, table = [], masks = [], gap = 0, core = false } = parts;
  const header = Buffer.alloc(core ? 12 : 40);
  header.writeUInt32LE(header.length, 0);
  if (core) {
    header.writeUInt16LE(width, 4);
    header.writeUInt16LE(height, 6);
    header.writeUInt16LE(1, 8);
    header.writeUInt16LE(bits, 10);
  } else {
    header.writeInt32LE(width, 4);
    header.writeInt32LE(height, 8);
    header.writeUInt16LE(1, 12);
    header.writeUInt16LE(bits, 14);
    header.writeUInt32LE(parts.compression ?? (masks.length > 0 ? 3 : 0), 16);
    header.writeUInt32LE(table.length, 32);
  }
  const words = Buffer.alloc(masks.length * 4);
  masks.forEach((mask, i) => words.writeUInt32LE(mask, i * 4));
  const colours = Buffer.from(table.flatMap((entry) => (core ? entry : [...entry, 0])));
  const pixels = Buffer.from(
    rows.flatMap((row) => [...row, ...Array<number>((4 - (row.length % 4)) % 4).fill(0)]),
  );
  const body = Buffer.concat([header, words, colours, Buffer.alloc(gap)]);
  const file = Buffer.alloc(14);
  file.write('BM', 'latin1');
  file.writeUInt32LE(14 + body.length + pixels.length, 2);
  file.writeUInt32LE(14 + body.length, 10);
  return Buffer.concat([file, body, pixels]);
}
