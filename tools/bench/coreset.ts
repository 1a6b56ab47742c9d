import { exactAnchors, greedyCoreset, RANDOM_VERSION, randomStream, Rows } from '@pyramid-mamba/model';
import { chosenRows, PlainRows } from '../../packages/model/src/methods/patchcore/coreset/chosen.ts';

import { timePaired } from './report.ts';

/** Rows as a bank's patches are: around a few hundred middles, near some and far from others. */
const [ROWS, DIMS, MIDDLES, CHOSEN] = [20_000, 128, 200, 1_000];

function patches(seed: number): Rows {
  const { uniform } = randomStream({ seed, random: RANDOM_VERSION }, 'bench coreset');
  const middles = Array.from({ length: MIDDLES }, () => Float32Array.from({ length: DIMS }, uniform));
  const rows = new Rows(DIMS);
  for (let i = 0; i < ROWS; i++) {
    const spread = 0.05 + 0.4 * uniform();
    rows.append(middles[i % MIDDLES]!.map((x) => x + spread * (uniform() - 0.5)));
  }
  return rows;
}

/** The greedy choice of a memory bank's rows, in plain loops and in WebAssembly, in turn; both must choose the same rows. */
export async function benchCoreset(seed: number, repeats: number): Promise<void> {
  const rows = patches(seed);
  const anchors = exactAnchors(rows);
  const ways = [(...size: [number, number]) => new PlainRows(...size), chosenRows];
  const [plain, fast] = await Promise.all(
    ways.map((way) => greedyCoreset(rows, CHOSEN, anchors.slice(), undefined, way)),
  );
  if (plain!.join() !== fast!.join())
    throw new Error('coreset: WebAssembly does not choose the rows of plain loops');
  const timings = await timePaired(
    Math.min(repeats, 5),
    ways.map((way) => async () => {
      await greedyCoreset(rows, CHOSEN, anchors.slice(), undefined, way);
    }),
  );
  const [loops, wasm] = timings.map(({ processor }) => processor);
  console.log(
    `\ncoreset, ${CHOSEN} of ${ROWS} rows of ${DIMS} values, least processor time: plain loops ${loops!.toFixed(0)} ms, WebAssembly ${wasm!.toFixed(0)} ms ` +
      `(${(wasm! / loops!).toFixed(2)} ×), the same rows`,
  );
}
