import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { BackendValues } from '@tensorflow/tfjs-core';
import { WebGpuError, type WebGpuFailure } from './errors.js';

/** Error types that a device reports only through error scopes, each with our name for it. */
const SCOPES: readonly (readonly [GPUErrorFilter, WebGpuFailure])[] = [
  ['validation', 'validation'],
  ['out-of-memory', 'memory'],
  ['internal', 'internal'],
];

const ADVICE: Record<WebGpuFailure, string> = {
  lost: 'Start the backend again on a new device and continue from the last checkpoint.',
  memory: 'Use a smaller batch or a smaller input size, or close other programs that use the GPU.',
  validation: 'This is a bug in the program; please report it with the name of the GPU.',
  internal: "The GPU's driver failed; update it, or use another backend.",
};

/**
 * tfjs's WebGPU backend, which by itself returns zeros after an error and waits forever on a lost device. Here every read
 * first checks the device for errors since the last read, and rejects with a WebGpuError if there are any.
 */
export class CheckedWebGpuBackend extends WebGPUBackend {
  private lost: WebGpuError | undefined;

  constructor(device: GPUDevice, adapterInfo: GPUAdapterInfo) {
    super(device, adapterInfo);
    this.openScopes();
    void device.lost.then(({ reason, message }) => {
      const why = [reason, message].filter((part) => part && part !== 'unknown').join(': ');
      this.lost = new WebGpuError(
        'lost',
        `webgpu: the GPU device was lost${why && ` (${why})`}. ${ADVICE.lost}`,
      );
    });
  }

  /** @throws WebGpuError when the device was lost, or an error occurred since the last read */
  override async read(dataId: object): Promise<BackendValues> {
    this.throwIfLost();
    let values: BackendValues;
    try {
      values = await super.read(dataId);
    } catch (error) {
      // the device's lost promise and the rejection of a pending read settle in any order
      await new Promise((resolve) => setTimeout(resolve));
      this.throwIfLost();
      await this.throwErrors();
      throw error;
    }
    await this.throwErrors();
    return values;
  }

  override readSync(dataId: object): BackendValues {
    const values = this.tensorMap.get(dataId)?.values;
    if (values != null) return values;
    throw new WebGpuError(
      'validation',
      'webgpu: tensors on a GPU can only be read asynchronously; use `await tensor.data()` instead of dataSync().',
    );
  }

  /** Rejects with a WebGpuError if any work submitted to the device since the last check failed. */
  async throwErrors(): Promise<void> {
    this.throwIfLost();
    const pending = SCOPES.map(() => this.device.popErrorScope());
    this.openScopes();
    const errors = await Promise.all(pending);
    this.throwIfLost();
    // scopes close in the reverse order of opening
    errors.reverse().forEach((error, i) => {
      if (!error) return;
      const failure = SCOPES[i]![1];
      throw new WebGpuError(failure, `webgpu: ${error.message.trim()}. ${ADVICE[failure]}`);
    });
  }

  override dispose(): void {
    super.dispose();
    this.device.destroy();
  }

  private openScopes(): void {
    for (const [filter] of SCOPES) this.device.pushErrorScope(filter);
  }

  private throwIfLost(): void {
    if (this.lost) throw this.lost;
  }
}
