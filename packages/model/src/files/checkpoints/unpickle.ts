// Python's pickle, protocols 0 to 5 (documented in Python's pickletools), without running any code: a class or a
// function is only a name, and the caller decides which names may be called and what they return. Every object may be shared and changed
// until the pickle ends, so checked values must be copied.
import { FormatError } from '../../errors.js';

/** A Python class or function, by its full name. */
export class PythonName {
  constructor(readonly name: string) {}
}

/** An object that the caller does not need; only its class is stored. */
export class Inert {
  constructor(readonly name: string) {}
}

/** dict: Map; list and tuple: array; int: number, or bigint beyond 2^53; bytes: Uint8Array; else the results of `call` and `load`. */
export type Pickled =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PythonName
  | Inert
  | object
  | Pickled[]
  | Map<unknown, Pickled>;

export interface PickleHooks {
  /** Calls a name; throws a FormatError if it is not allowed. */
  call(name: string, args: Pickled[]): Pickled;
  /** Resolves a persistent id (torch: a storage). */
  persistent(id: Pickled): Pickled;
}

const MARK = Symbol('mark');
type Cell = Pickled | typeof MARK;

/** Maximum integer size in bytes; the longest of a checkpoint has 10. */
const MAX_LONG = 64;
/** Maximum stack size; Python writes long lists and dicts in pieces of a thousand. */
const MAX_STACK = 1_000_000;

/**
 * Memory budget of a pickle's objects: a few bytes per byte of the file, and enough for any small file. Without a
 * limit an operation of one byte creates a dict of 250 bytes.
 */
const BUDGET_PER_BYTE = 8;
const BUDGET_FREE = 2 ** 24;
/** Approximate sizes of objects in memory, in bytes. */
const COST = { dict: 256, list: 64, item: 8, entry: 48, text: 48, bytes: 208, object: 96 } as const;

const utf8 = new TextDecoder('utf-8', { fatal: true });
const latin1 = (bytes: Uint8Array) => String.fromCharCode(...bytes);

/**
 * Reads one pickle from `start` on. Every length is checked against the remaining bytes before any allocation, the memory of
 * objects is bounded by a small multiple of the file's size, and there is no recursion.
 *
 * @param where the file's name, for messages
 * @returns the object and the offset of the next byte
 * @throws FormatError
 */
export function unpickle(
  bytes: Uint8Array,
  start: number,
  where: string,
  hooks: PickleHooks,
): { value: Pickled; end: number } {
  return new Unpickler(bytes, start, where, hooks).run();
}

class Unpickler {
  #at: number;
  readonly #stack: Cell[] = [];
  readonly #memo = new Map<number, Pickled>();
  readonly #view: DataView;
  #budget: number;

  constructor(
    private readonly bytes: Uint8Array,
    start: number,
    private readonly where: string,
    private readonly hooks: PickleHooks,
  ) {
    this.#at = start;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#budget = BUDGET_FREE + BUDGET_PER_BYTE * (bytes.length - start);
  }

  fail(why: string): never {
    throw new FormatError(
      `${this.where}: the pickle is damaged or unlike a checkpoint's (byte ${this.#at}: ${why}).`,
    );
  }

  /** Charges an allocation to the budget. */
  #spend(bytes: number): void {
    this.#budget -= bytes;
    if (this.#budget < 0) this.fail('more objects than a file of this size can need');
  }

  #take(count: number): number {
    if (!(count >= 0) || count > this.bytes.length - this.#at) this.fail(`${count} bytes should follow`);
    const at = this.#at;
    this.#at += count;
    return at;
  }
  #slice(count: number): Uint8Array {
    const at = this.#take(count);
    return this.bytes.subarray(at, at + count);
  }
  #bytes(count: number): Uint8Array {
    this.#spend(COST.bytes);
    return this.#slice(count);
  }
  #u8 = () => this.#view.getUint8(this.#take(1));
  #u32 = () => this.#view.getUint32(this.#take(4), true);
  #u64(): number {
    const value = this.#view.getBigUint64(this.#take(8), true);
    if (value > BigInt(this.bytes.length)) this.fail(`a length of ${value}`);
    return Number(value);
  }
  #line(): string {
    const end = this.bytes.indexOf(10, this.#at);
    if (end < 0 || end - this.#at > 4096) this.fail('an unterminated line');
    const text = latin1(this.bytes.subarray(this.#at, end));
    this.#at = end + 1;
    return text.replace(/\r$/, '');
  }
  #text(count: number): string {
    const data = this.#slice(count);
    this.#spend(COST.text);
    try {
      return utf8.decode(data);
    } catch {
      return this.fail('text that is not UTF-8');
    }
  }
  /** An int of any length, little-endian two's complement. */
  #long(count: number): number | bigint {
    if (count > MAX_LONG) this.fail(`an integer of ${count} bytes`);
    this.#spend(COST.text);
    const data = this.#slice(count);
    let value = 0n;
    for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(data[i]!);
    return safe(count > 0 ? BigInt.asIntN(8 * count, value) : 0n);
  }
  #decimal(text: string): number | bigint {
    const digits = text.replace(/L$/, '');
    if (!/^[+-]?\d{1,150}$/.test(digits)) this.fail('text that is not an integer');
    return safe(BigInt(digits));
  }

  #pop(): Pickled {
    const cell = this.#stack.pop();
    if (cell === undefined || cell === MARK) this.fail('an operation lacks its operand');
    return cell;
  }
  #top(): Pickled {
    const cell = this.#stack.at(-1);
    if (cell === undefined || cell === MARK) this.fail('an operation lacks its operand');
    return cell;
  }
  #toMark(): Pickled[] {
    const at = this.#stack.lastIndexOf(MARK);
    if (at < 0) this.fail('a mark is missing');
    const cells = this.#stack.splice(at + 1) as Pickled[];
    this.#stack.pop();
    this.#spend(COST.list + COST.item * cells.length);
    return cells;
  }
  #setItems(pairs: Pickled[]): void {
    const target = this.#top();
    if (target instanceof Inert) return;
    if (!(target instanceof Map) || pairs.length % 2 !== 0)
      this.fail('items of something that is not a dict');
    this.#spend((COST.entry / 2) * pairs.length);
    for (let i = 0; i < pairs.length; i += 2) target.set(pairs[i], pairs[i + 1]!);
  }
  #append(items: readonly Pickled[]): void {
    const list = this.#top();
    if (!Array.isArray(list)) this.fail('append to something that is not a list');
    this.#spend(COST.item * items.length);
    for (const item of items) list.push(item);
  }
  /** The result of a call; its arguments may be copied. */
  #call(name: Pickled, args: Pickled): Pickled {
    if (!(name instanceof PythonName)) this.fail('a call of something that is not a function');
    if (!Array.isArray(args)) this.fail('arguments that are not a tuple');
    const copied = args.reduce<number>((sum, arg) => sum + (Array.isArray(arg) ? arg.length : 0), 0);
    this.#spend(COST.dict + COST.entry * copied);
    return this.hooks.call(name.name, args);
  }
  #remember(index: number): void {
    this.#spend(COST.entry);
    this.#memo.set(index, this.#top());
  }
  run(): { value: Pickled; end: number } {
    for (;;) {
      const operation = this.#u8();
      if (operation === 0x2e) return { value: this.#pop(), end: this.#at };
      this.#step(operation);
      if (this.#stack.length > MAX_STACK) this.fail('too many values on the stack');
    }
  }

  #step(operation: number): void {
    const stack = this.#stack;
    const push = (cell: Cell) => void stack.push(cell);
    switch (operation) {
      case 0x80: // PROTO
        if (this.#u8() > 5) this.fail('a protocol above 5');
        return;
      case 0x95: // FRAME
        this.#take(8);
        return;
      case 0x28: // MARK
        return push(MARK);
      case 0x30: // POP
        if (stack.pop() === undefined) this.fail('an operation lacks its operand');
        return;
      case 0x31: // POP_MARK
        this.#toMark();
        return;
      case 0x32: // DUP
        return push(this.#top());
      case 0x4e:
        return push(null);
      case 0x88:
        return push(true);
      case 0x89:
        return push(false);
      case 0x4a: // BININT
        return push(this.#view.getInt32(this.#take(4), true));
      case 0x4b: // BININT1
        return push(this.#u8());
      case 0x4d: // BININT2
        return push(this.#view.getUint16(this.#take(2), true));
      case 0x8a: // LONG1
        return push(this.#long(this.#u8()));
      case 0x8b: // LONG4
        return push(this.#long(this.#u32()));
      case 0x49: {
        // INT, which encodes True and False as 01 and 00
        const text = this.#line();
        return push(text === '01' ? true : text === '00' ? false : this.#decimal(text));
      }
      case 0x4c: // LONG
        return push(this.#decimal(this.#line()));
      case 0x46: // FLOAT
        return push(Number(this.#line()));
      case 0x47: // BINFLOAT
        return push(this.#view.getFloat64(this.#take(8), false));
      case 0x55: // SHORT_BINSTRING
        this.#spend(COST.text);
        return push(latin1(this.#slice(this.#u8())));
      case 0x54: {
        // BINSTRING; checkpoints have no longer ones, and one argument per byte would overflow
        const count = this.#u32();
        if (count > 65536) this.fail(`a byte string of ${count} bytes`);
        this.#spend(COST.text + count);
        return push(latin1(this.#slice(count)));
      }
      case 0x58: // BINUNICODE
        return push(this.#text(this.#u32()));
      case 0x8c: // SHORT_BINUNICODE
        return push(this.#text(this.#u8()));
      case 0x8d: // BINUNICODE8
        return push(this.#text(this.#u64()));
      case 0x42: // BINBYTES
        return push(this.#bytes(this.#u32()));
      case 0x43: // SHORT_BINBYTES
        return push(this.#bytes(this.#u8()));
      case 0x8e: // BINBYTES8
        return push(this.#bytes(this.#u64()));
      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
      case 0x8f: // EMPTY_SET
        this.#spend(COST.list);
        return push([]);
      case 0x6c: // LIST
      case 0x74: // TUPLE
        return push(this.#toMark());
      case 0x85: // TUPLE1, 2, 3
      case 0x86:
      case 0x87: {
        const count = operation - 0x84;
        this.#spend(COST.list + COST.item * count);
        const items = Array.from({ length: count }, () => this.#pop());
        return push(items.reverse());
      }
      case 0x61: // APPEND
        return this.#append([this.#pop()]);
      case 0x65: // APPENDS
      case 0x90: // ADDITEMS
        return this.#append(this.#toMark());
      case 0x7d: // EMPTY_DICT
        this.#spend(COST.dict);
        return push(new Map<unknown, Pickled>());
      case 0x64: {
        // DICT
        const pairs = this.#toMark();
        this.#spend(COST.dict);
        push(new Map<unknown, Pickled>());
        return this.#setItems(pairs);
      }
      case 0x73: {
        // SETITEM
        const value = this.#pop();
        const key = this.#pop();
        return this.#setItems([key, value]);
      }
      case 0x75: // SETITEMS
        return this.#setItems(this.#toMark());
      case 0x91: // FROZENSET
        return push(this.#toMark());
      case 0x63: {
        // GLOBAL
        const module = this.#line();
        this.#spend(COST.object);
        return push(new PythonName(`${module}.${this.#line()}`));
      }
      case 0x93: {
        // STACK_GLOBAL
        const name = this.#pop();
        const module = this.#pop();
        if (typeof name !== 'string' || typeof module !== 'string') this.fail('a name that is not text');
        this.#spend(COST.object);
        return push(new PythonName(`${module}.${name}`));
      }
      case 0x52: // REDUCE
      case 0x81: {
        // NEWOBJ
        const args = this.#pop();
        return push(this.#call(this.#pop(), args));
      }
      case 0x92: {
        // NEWOBJ_EX
        this.#pop();
        const args = this.#pop();
        return push(this.#call(this.#pop(), args));
      }
      case 0x62: {
        // BUILD: the attributes of a state dict (`_metadata`) and of inert objects are not needed
        this.#pop();
        const target = this.#top();
        if (!(target instanceof Map || target instanceof Inert)) this.fail('attributes of a plain value');
        return;
      }
      case 0x51: // BINPERSID
        this.#spend(COST.object);
        return push(this.hooks.persistent(this.#pop()));
      case 0x71: // BINPUT
        return this.#remember(this.#u8());
      case 0x72: // LONG_BINPUT
        return this.#remember(this.#u32());
      case 0x70: // PUT
        return this.#remember(Number(this.#line()));
      case 0x94: // MEMOIZE
        return this.#remember(this.#memo.size);
      case 0x68: // BINGET
        return push(this.#remembered(this.#u8()));
      case 0x6a: // LONG_BINGET
        return push(this.#remembered(this.#u32()));
      case 0x67: // GET
        return push(this.#remembered(Number(this.#line())));
      default:
        this.fail(`operation 0x${operation.toString(16)}`);
    }
  }

  #remembered(index: number): Pickled {
    const value = this.#memo.get(index);
    return value === undefined ? this.fail(`memo ${index} does not exist`) : value;
  }
}

function safe(value: bigint): number | bigint {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(value)
    : value;
}
