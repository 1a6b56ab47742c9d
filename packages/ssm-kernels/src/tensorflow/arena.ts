// WebAssembly memory for the time of one kernel call: what the wasm kernels work on where tfjs-backend-wasm is not.
import type { DataId, DataType, TensorInfo } from '@tensorflow/tfjs-core';
import { util } from '@tensorflow/tfjs-core';
import type { Backend } from '../wasm/module.js';

const PAGE = 65_536;
/** Vector loads of 16 bytes are fastest where they cross no line of the cache. */
const ALIGNMENT = 64;

interface Block {
  readonly memoryOffset: number;
  readonly length: number;
}

/**
 * A stack of blocks with the interface of tfjs-backend-wasm. A block that is freed is used again once all that came after it
 * is freed as well, which is how kernels take scratch memory. Memory grows to what the largest call needs and stays.
 */
export class Arena implements Backend {
  readonly wasm = { asm: { memory: new WebAssembly.Memory({ initial: 1 }) } };
  readonly dataIdMap = { get: (dataId: DataId): Block => this.blocks.get(dataId)! };
  private readonly blocks = new Map<DataId, Block>();
  private readonly freed = new Set<DataId>();
  // byte 0 stays free: kernels take offset 0 for "none"
  private top = ALIGNMENT;

  makeOutput(shape: number[], dtype: DataType): TensorInfo {
    const dataId = {};
    const length = util.sizeFromShape(shape);
    const memoryOffset = this.top;
    this.top = Math.ceil((memoryOffset + 4 * length) / ALIGNMENT) * ALIGNMENT;
    const { memory } = this.wasm.asm;
    const missing = this.top - memory.buffer.byteLength;
    if (missing > 0) {
      try {
        memory.grow(Math.ceil(missing / PAGE));
      } catch (error) {
        throw new Error(
          `tensorflow: a scan needs ${this.top} bytes of WebAssembly memory, which there are not; use a smaller batch.`,
          { cause: error },
        );
      }
    }
    this.blocks.set(dataId, { memoryOffset, length });
    return { dataId, shape, dtype };
  }

  /** A tensor that holds a copy of `numbers`. */
  copyOf(numbers: Float32Array, shape: number[]): TensorInfo {
    const tensor = this.makeOutput(shape, 'float32');
    this.typedArrayFromHeap(tensor).set(numbers);
    return tensor;
  }

  typedArrayFromHeap({ dataId }: TensorInfo): Float32Array {
    const { memoryOffset, length } = this.dataIdMap.get(dataId);
    return new Float32Array(this.wasm.asm.memory.buffer, memoryOffset, length);
  }

  /** Nothing is shared in here. */
  incRef(): void {
    throw new Error('ssm-kernels: a kernel that shares its inputs cannot run in an arena.');
  }

  disposeData(dataId: DataId): boolean {
    this.freed.add(dataId);
    for (const last of [...this.blocks.keys()].reverse()) {
      if (!this.freed.delete(last)) break;
      this.top = this.blocks.get(last)!.memoryOffset;
      this.blocks.delete(last);
    }
    return true;
  }

  /** Frees all. */
  clear(): void {
    this.blocks.clear();
    this.freed.clear();
    this.top = ALIGNMENT;
  }
}
