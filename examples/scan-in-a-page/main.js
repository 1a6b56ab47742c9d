import { selectiveScan } from '@pyramid-mamba/ssm-kernels';
import { useBackend } from '@pyramid-mamba/ssm-kernels/backend';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import * as tf from '@tensorflow/tfjs-core';

const output = document.querySelector('output');

async function main() {
  // without threads, which need headers that a plain host does not send
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  setWasmPaths({
    'tfjs-backend-wasm.wasm': new URL(plain, import.meta.url).href,
    'tfjs-backend-wasm-simd.wasm': new URL(simd, import.meta.url).href,
    'tfjs-backend-wasm-threaded-simd.wasm': new URL(simd, import.meta.url).href,
  });
  await useBackend('wasm');

  const [batch, channels, states, steps] = [1, 4, 8, 64];
  const u = tf.randomNormal([batch, channels, steps], 0, 1, 'float32', 1);
  const delta = tf.randomUniform([batch, channels, steps], 0.01, 0.1, 'float32', 2);
  const A = tf.neg(tf.add(tf.reshape(tf.range(0, channels * states), [channels, states]), 1));
  const B = tf.randomNormal([batch, states, steps], 0, 1, 'float32', 3);
  const C = tf.randomNormal([batch, states, steps], 0, 1, 'float32', 4);

  const start = performance.now();
  const y = selectiveScan(u, delta, A, B, C);
  const gradient = tf.grad((x) => tf.sum(selectiveScan(x, delta, A, B, C)))(u);
  const [values, slopes] = await Promise.all([y.data(), gradient.data()]);
  const time = performance.now() - start;
  const finite = [...values, ...slopes].every(Number.isFinite);
  output.textContent =
    `y ${y.shape.join(' × ')}, gradient ${gradient.shape.join(' × ')}, ` +
    `${finite ? 'all finite' : 'not finite'}, ${time.toFixed(1)} ms on ${tf.getBackend()}`;
}

main().catch((error) => {
  output.textContent = `failed: ${error.message}`;
});
