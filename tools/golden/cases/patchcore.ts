import * as tf from '@tensorflow/tfjs-core';
import {
  approximateAnchors,
  embed,
  exactAnchors,
  greedyCoreset,
  kCenterAnchors,
  NeighbourSearch,
  patchMap,
  patchScores,
  patchWeight,
  Rows,
} from '@pyramid-mamba/model';
import type { GoldenCase } from '../directory.ts';
import { input } from '../modules.ts';
import type { Runner } from '../caseRunner.ts';

/** A tensor of (rows, dims). */
function matrix(golden: GoldenCase, name: string): { data: Float32Array; rows: number; dims: number } {
  const host = golden.tensors.get(name);
  if (!host) throw new Error(`the case has no tensor ${name}`);
  const [rows, dims] = host.shape as [number, number];
  return { data: host.data as Float32Array, rows, dims };
}

/** Both embeddings, and the first level's pooled windows. */
export const patchcoreEmbed: Runner = async (golden, check) => {
  const names = golden.hyper['layers'] as string[];
  const perLevel = golden.hyper['pretrain_embed_dimension'] as number;
  const dims = golden.hyper['target_embed_dimension'] as number;
  const levels = tf.tidy(() => names.map((name) => input(golden, `in.${name}`) as tf.Tensor4D));
  const results: Record<string, tf.Tensor> = {
    'out.embedding': embed(levels, { kind: 'windows', perLevel, dims }),
    'out.embedding_anomalib': embed(levels, { kind: 'means' }),
    // of one level, pooled to as many values as it is pooled to anyway
    'aux.first_layer_pooled': embed(levels.slice(0, 1), { kind: 'windows', perLevel, dims: perLevel }),
  };
  for (const [name, tensor] of Object.entries(results)) check.tensor(name, await tensor.data());
  tf.dispose([levels, results]);
};

/** The three starts of the greedy choice; indices must be equal. */
export const patchcoreCoreset: Runner = async (golden, check) => {
  const { data, rows: count, dims } = matrix(golden, 'in.features');
  const rows = new Rows(dims);
  // in parts of different lengths, as the pictures of a folder
  const cut = Math.floor(count / 3) * dims;
  rows.append(data.slice(0, cut));
  rows.append(data.slice(cut));
  const starts = {
    greedy: exactAnchors(rows),
    approx: approximateAnchors(rows, golden.hyper['start_points'] as number[]),
    kcenter: kCenterAnchors(rows, golden.hyper['start'] as number),
  };
  for (const [name, anchors] of Object.entries(starts)) {
    const chosen = await greedyCoreset(rows, golden.hyper['count'] as number, anchors);
    check.tensor(`out.${name}_indices`, chosen, 0);
    const bank = new Float32Array(chosen.length * dims);
    chosen.forEach((row, i) => rows.copy(row, bank, i * dims));
    const { squared } = await search(bank, { data, dims }, 1);
    check.tensor(`out.${name}_radius`, [Math.sqrt(squared.reduce((a, b) => Math.max(a, b)))]);
  }
};

async function search(bank: Float32Array, queries: { data: Float32Array; dims: number }, k: number) {
  const searching = new NeighbourSearch(bank, queries.dims);
  const tensor = tf.tensor2d(queries.data, [queries.data.length / queries.dims, queries.dims]);
  const found = await searching.nearest(tensor, k);
  tensor.dispose();
  searching.dispose();
  return found;
}

export const patchcoreScore: Runner = async (golden, check) => {
  const bank = matrix(golden, 'in.memory_bank');
  const query = matrix(golden, 'in.query');
  const [height, width] = golden.hyper['grid'] as [number, number];
  const [outH, outW] = golden.hyper['image_size'] as [number, number];
  for (const k of golden.hyper['k'] as number[]) {
    const { indices, squared } = await search(bank.data, query, k);
    const scores = patchScores(squared, k, 'squared');
    check.tensor(`out.k${k}.nearest`, indices, 0);
    check.tensor(`out.k${k}.patch_scores`, scores);
    const patches = height * width;
    const pictures = Array.from({ length: scores.length / patches }, (_, b) =>
      scores.slice(b * patches, (b + 1) * patches),
    );
    check.tensor(
      `out.k${k}.image_score`,
      pictures.map((data) => data.reduce((a, b) => Math.max(a, b))),
    );
    const sigma = golden.hyper['gaussian_sigma'] as number;
    check.tensor(
      `out.k${k}.map`,
      pictures.flatMap((data) => Array.from(patchMap({ height, width, data }, outH, outW, sigma))),
    );
  }
};

export const patchcoreReweight: Runner = async (golden, check) => {
  const bank = matrix(golden, 'in.memory_bank');
  const query = matrix(golden, 'in.query');
  const [height, width] = golden.hyper['grid'] as [number, number];
  const { indices, squared } = await search(bank.data, query, 1);
  const scores = patchScores(squared, 1, 'euclidean');
  check.tensor('out.nearest', indices, 0);
  check.tensor('out.patch_scores', scores);
  const patches = height * width;
  const weights: number[] = [];
  const weighted: number[] = [];
  for (let b = 0; b < scores.length / patches; b++) {
    let most = b * patches;
    for (let p = most; p < (b + 1) * patches; p++) if (scores[p]! > scores[most]!) most = p;
    const nearest = indices[most]!;
    const row = { data: bank.data.slice(nearest * bank.dims, (nearest + 1) * bank.dims), dims: bank.dims };
    const around = await search(bank.data, row, golden.hyper['num_neighbors'] as number);
    const patch = { data: query.data, at: most * query.dims };
    weights.push(patchWeight(patch, bank.data, bank.dims, nearest, around.indices));
    weighted.push(weights.at(-1)! * scores[most]!);
  }
  check.tensor('aux.weight', weights);
  check.tensor('out.image_score', weighted);
};
