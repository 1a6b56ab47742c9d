import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { BackendValues } from '@tensorflow/tfjs-core';
import { WebGpuError, type WebGpuFailure } from './errors.js';

/** Kinds of error that a device reports only to those who ask, each with what we call it. */
const SCOPES: readonly (readonly [GPUErrorFilter, WebGpuFailure])[] = [
  ['validation', 'validation'],
  ['out-of-memory', 'memory'],
  ['internal', 'internal'],
];

const ADVICE: Record<WebGpuFailure, string> = {
  lost: 'Start the backend again on a new device and go on from the last checkpoint.',
  memory: 'Use a smaller batch or a smaller input size, or close what else uses the GPU.',
  validation: 'This is a fault of the program; please report it with the name of the GPU.',
  internal: "The GPU's driver could not do what it was asked; update it, or use another backend.",
};

/**
 * tfjs's WebGPU backend, which by itself returns zeros after an error and waits for ever on a lost device. Here every read
 * of numbers first asks the device whether all went well since the last one, and rejects with a WebGpuError if not.
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
      // the promise of the loss and the rejection of a pending read come in no set order
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
      'webgpu: numbers on a GPU can be read only asynchronously; use `await tensor.data()` in place of dataSync().',
    );
  }

  /** Rejects with a WebGpuError if anything that was sent to the device since the last check failed. */
  async throwErrors(): Promise<void> {
    this.throwIfLost();
    const pending = SCOPES.map(() => this.device.popErrorScope());
    this.openScopes();
    const errors = await Promise.all(pending);
    this.throwIfLost();
    // scopes close in the reverse of the order in which they were opened
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
