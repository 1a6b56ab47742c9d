// TensorBoard's event files: TFRecord frames (tensorflow/core/lib/io/record_writer.h) around Event messages
// (tensorflow/core/util/event.proto), of which only scalars are needed: a dozen lines instead of a protobuf library.
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError } from '@pyramid-mamba/data';
import { fileReason, writeFileAtomic } from '@pyramid-mamba/data/node';
import type { EpochRecord } from '@pyramid-mamba/model';

/** TensorBoard reads any file with `tfevents` in its name. */
export const EVENTS_FILE = 'events.out.tfevents.0.pyramid-mamba';

/** CRC-32C (Castagnoli), bit by bit reversed, as a table of the 256 bytes. */
const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** TFRecord masks its CRCs, because a CRC of data that contains CRCs is weak. */
function masked(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function frame(data: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(data.length, 0);
  const sums = Buffer.alloc(8);
  sums.writeUInt32LE(masked(head), 0);
  sums.writeUInt32LE(masked(data), 4);
  return Buffer.concat([head, sums.subarray(0, 4), data, sums.subarray(4)]);
}

/** Protobuf's base-128 varint. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Buffer.from([...bytes, value]);
}

const WIRE = { varint: 0, double: 1, bytes: 2, float: 5 };
const key = (field: number, wire: number) => varint((field << 3) | wire);
const bytes = (field: number, data: Uint8Array) =>
  Buffer.concat([key(field, WIRE.bytes), varint(data.length), data]);
const text = (field: number, value: string) => bytes(field, Buffer.from(value));

function event(wallTime: number, step: number, payload: Buffer): Buffer {
  const time = Buffer.alloc(8);
  time.writeDoubleLE(wallTime);
  return frame(Buffer.concat([key(1, WIRE.double), time, key(2, WIRE.varint), varint(step), payload]));
}

/** Scalars of one step as one framed event; `wallTime` in seconds since 1970. */
export function scalarEvent(
  wallTime: number,
  step: number,
  scalars: Readonly<Record<string, number>>,
): Buffer {
  const values = Object.entries(scalars).map(([tag, value]) => {
    const number = Buffer.alloc(4);
    number.writeFloatLE(value);
    return bytes(1, Buffer.concat([text(1, tag), key(2, WIRE.float), number]));
  });
  return event(wallTime, step, bytes(5, Buffer.concat(values)));
}

const scalarsOf = ({ loss, gradNorm, lr, imagesPerSecond, epoch }: EpochRecord) => ({
  'train/loss': loss,
  'train/grad_norm': gradNorm,
  'train/learning_rate': lr,
  'train/images_per_second': imagesPerSecond,
  'train/epoch': epoch,
});

/**
 * The event file of a run, in `folder`. It is rewritten with the completed epochs, so that a resumed run shows none twice; then
 * one event per epoch is appended, since TensorBoard follows a file's end.
 */
export class EventFile {
  private constructor(readonly path: string) {}

  /** @param now seconds since 1970 */
  static async begin(
    folder: string,
    history: readonly EpochRecord[],
    now: () => number = () => Date.now() / 1000,
  ): Promise<EventFile> {
    const file = new EventFile(join(folder, EVENTS_FILE));
    const begin = event(now(), 0, text(3, 'brain.Event:2'));
    const past = history.map((record) => scalarEvent(now(), record.step, scalarsOf(record)));
    await writeFileAtomic(file.path, Buffer.concat([begin, ...past]));
    return file;
  }

  async add(record: EpochRecord, now = Date.now() / 1000): Promise<void> {
    await appendFile(this.path, scalarEvent(now, record.step, scalarsOf(record))).catch((error: unknown) => {
      throw new FileError(`${this.path} cannot be written: ${fileReason(error)}`, { cause: error });
    });
  }
}
