// WebAssembly memory for one kernel call: the wasm kernels use it where tfjs-backend-wasm is absent.
import type { DataId, DataType, TensorInfo } from '@tensorflow/tfjs-core';
import { util } from '@tensorflow/tfjs-core';
import type { WasmBackend } from '../wasm/module/module.js';

const PAGE = 65_536;
/** Vector loads of 16 bytes are fastest if they do not cross a cache line. */
const ALIGNMENT = 64;

interface Block {
  readonly memoryOffset: number;
  readonly length: number;
}

/**
 * A stack of blocks with the interface of tfjs-backend-wasm. A freed block is reused once all blocks after it are
 * freed too, which is how kernels use scratch memory. Memory grows to the need of the largest call and is kept.
 */
export class Arena implements WasmBackend {
  readonly wasm = { asm: { memory: new WebAssembly.Memory({ initial: 1 }) } };
  readonly dataIdMap = { get: (dataId: DataId): Block => this.blocks.get(dataId)! };
  private readonly blocks = new Map<DataId, Block>();
  private readonly freed = new Set<DataId>();
  // byte 0 is unused: for kernels offset 0 means "none"
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
          `tensorflow: a scan needs ${this.top} bytes of WebAssembly memory, which are not available; use a smaller batch.`,
          { cause: error },
        );
      }
    }
    this.blocks.set(dataId, { memoryOffset, length });
    return { dataId, shape, dtype };
  }

  /** A tensor with a copy of `numbers`. */
  copyOf(numbers: Float32Array, shape: number[]): TensorInfo {
    const tensor = this.makeOutput(shape, 'float32');
    this.typedArrayFromHeap(tensor).set(numbers);
    return tensor;
  }

  typedArrayFromHeap({ dataId }: TensorInfo): Float32Array {
    const { memoryOffset, length } = this.dataIdMap.get(dataId);
    return new Float32Array(this.wasm.asm.memory.buffer, memoryOffset, length);
  }

  /** The arena shares no memory between tensors. */
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

  /** Frees all blocks. */
  clear(): void {
    this.blocks.clear();
    this.freed.clear();
    this.top = ALIGNMENT;
  }
}
