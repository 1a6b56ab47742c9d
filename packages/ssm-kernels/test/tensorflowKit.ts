// Starts TensorFlow for a test file, and makes its absence a loud skip.
import { describe } from 'vitest';
import { startTensorflow } from '../src/backends/tensorflow/index.js';

/**
 * Runs `suite` on TensorFlow; if tfjs-node is not installed, prints why and skips.
 *
 * @throws Error when REQUIRE_BACKENDS names tensorflow and there is none
 */
export async function onTensorflow(suite: () => void): Promise<void> {
  try {
    const { version, gpu } = await startTensorflow();
    describe(`TensorFlow ${version}${gpu ? ' on a GPU' : ''}`, suite);
  } catch (error) {
    if ((process.env['REQUIRE_BACKENDS'] ?? '').split(',').includes('tensorflow')) throw error;
    const reason = (error as Error).message;
    console.warn(`SKIPPED: TensorFlow tests. ${reason}`);
    describe.skip(`tensorflow: ${reason}`, suite);
  }
}
