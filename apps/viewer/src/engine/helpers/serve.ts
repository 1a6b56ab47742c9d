import '../../withoutEval.js';
import { measureEach, sendable, type Invalid } from '@pyramid-mamba/inspect';
import type { RgbImage } from '@pyramid-mamba/data';
import { detectorFrom, type Detector, type DetectorCopy, type Judged } from '@pyramid-mamba/model';
import * as Comlink from 'comlink';
import { startBackend } from '../backends/start.js';
import { NEXT } from '../nextSteps.js';

/** A worker's interface for the engine's worker. */
export class Helper {
  #model: Detector | undefined;

  /** Takes a copy of the model to measure with, on WebAssembly. */
  async use(copy: DetectorCopy): Promise<null> {
    await startBackend('wasm', 1);
    this.#model?.dispose();
    this.#model = detectorFrom(copy);
    return null;
  }

  /** As `measureEach`. */
  async measure(
    pictures: readonly RgbImage[],
    leftOut: readonly (readonly number[])[] | undefined,
  ): Promise<(Judged | Invalid)[]> {
    if (!this.#model) throw new Error('a helping worker has no model');
    const found = sendable(await measureEach(this.#model, pictures, NEXT, leftOut));
    return Comlink.transfer(
      found,
      found.flatMap((one) => ('invalid' in one ? [] : [one.map.buffer as ArrayBuffer])),
    );
  }
}

export const serve = (): void => Comlink.expose(new Helper());
