// A module that was compiled for a memory of its own also runs on a memory that several threads share: only the type that it declares for
// its memory differs (WebAssembly core specification 5.5.5, 5.5.8; threads proposal, limits 0x03). So no second compilation is needed,
// neither of our kernels nor of tfjs-backend-wasm, whose threaded build would start eight threads for the few ops that we leave to it.

const HEADER = 8;
const IMPORTS = 2;
const MEMORIES = 5;
/** Of an import: function, table, memory, global. */
const FUNCTION = 0;
const TABLE = 1;
const MEMORY = 2;
/** Limits with a maximum; bit 1 says shared. */
const BOUNDED = 1;
const SHARED_BOUNDED = 3;
/** 64 KiB each: 4 GiB, all that an address of 32 bits reaches. */
const MAX_PAGES = 65536;

/** Reads a module's bytes in order. */
class Reader {
  at = 0;

  constructor(readonly bytes: Uint8Array) {}

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  byte(): number {
    return this.bytes[this.at++]!;
  }

  /** An unsigned LEB128 number below 2^32. */
  unsigned(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }

  skip(count: number): void {
    this.at += count;
  }
}

function leb(value: number): number[] {
  const low = value % 128;
  return value < 128 ? [low] : [low | 128, ...leb(Math.floor(value / 128))];
}

/** The limits at the reader, shared and with a maximum. */
function sharedLimits(reader: Reader): number[] {
  const flags = reader.byte();
  const least = reader.unsigned();
  const most = flags & BOUNDED ? reader.unsigned() : MAX_PAGES;
  return [SHARED_BOUNDED, ...leb(least), ...leb(most)];
}

function skipLimits(reader: Reader): void {
  if (reader.byte() & BOUNDED) reader.unsigned();
  reader.unsigned();
}

/** A section's contents with every memory shared. */
function sharedSection(id: number, contents: Uint8Array): number[] {
  const reader = new Reader(contents);
  const result: number[] = [];
  /** Copies what was read since. */
  const keep = (from: number): void => void result.push(...contents.subarray(from, reader.at));
  const count = reader.unsigned();
  keep(0);
  for (let i = 0; i < count; i++) {
    const start = reader.at;
    if (id === IMPORTS) {
      // module name, field name
      reader.skip(reader.unsigned());
      reader.skip(reader.unsigned());
      const kind = reader.byte();
      if (kind !== MEMORY) {
        if (kind === FUNCTION) reader.unsigned();
        else if (kind === TABLE) {
          reader.byte();
          skipLimits(reader);
        } else reader.skip(2);
        keep(start);
        continue;
      }
      keep(start);
    }
    result.push(...sharedLimits(reader));
  }
  return result;
}

/**
 * A compiled WebAssembly module (its bytes) whose memory, imported or its own, is of the kind that threads share. The code is the same.
 *
 * @param bytes of a module of WebAssembly with one memory of 32-bit addresses
 */
export function withSharedMemory(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const reader = new Reader(bytes);
  reader.skip(HEADER);
  const parts: Uint8Array[] = [bytes.subarray(0, HEADER)];
  while (!reader.done) {
    const start = reader.at;
    const id = reader.byte();
    const size = reader.unsigned();
    const contents = bytes.subarray(reader.at, reader.at + size);
    reader.skip(size);
    if (id === IMPORTS || id === MEMORIES) {
      const changed = sharedSection(id, contents);
      parts.push(Uint8Array.from([id, ...leb(changed.length), ...changed]));
    } else parts.push(bytes.subarray(start, reader.at));
  }
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
