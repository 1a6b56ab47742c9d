// ViT-S/14 as an encoder here and in onnxruntime: the same weights, the same graph as `export` writes, the same picture.
import * as tf from '@tensorflow/tfjs-core';
import { createEncoder, seededEncoderWeights, type VitConfig } from '@pyramid-mamba/model';
import * as ort from 'onnxruntime-node';
import { cpus } from 'node:os';
import { vitGraph } from '../../packages/model/src/encoders/vit/graph.ts';
import { Graph } from '../../packages/model/src/onnx/graph.ts';
import { encodeModel } from '../../packages/model/src/onnx/proto.ts';
import { pictures } from './networks.ts';
import { milliseconds, timePaired } from './report.ts';

/** DINOv2's ViT-S/14 without registers, and the features that methods read: blocks 2 to 5 and 6 to 9. */
const VIT_S14: VitConfig = {
  family: 'vit',
  arch: 'dinov2',
  patch: 14,
  width: 384,
  depth: 12,
  heads: 6,
  hidden: 1536,
  registers: 0,
  grid: 37,
  interpolation: 'plain',
  levels: [
    [2, 5],
    [6, 9],
  ],
};
const SIDES = [224, 392] as const;
/** Of the largest feature. */
const TOLERANCE = 1e-3;

type Weights = Awaited<ReturnType<typeof seededEncoderWeights>>;

/** The encoder alone as a file: `image` (1, 3, side, side), normalised, to `level0`, `level1` (1, width, rows, columns). */
function encoderFile(weights: Weights, side: number): Uint8Array {
  const graph = new Graph('vit');
  const value = graph.input('image', 'float32', [1, 3, side, side]);
  const images = { value, channels: 3, height: side, width: side };
  vitGraph.encode(graph, VIT_S14, weights, images).forEach(({ value: level, channels, height, width }, i) => {
    graph.output(`level${i}`, level, 'float32', [1, channels, height, width]);
  });
  return encodeModel({
    irVersion: 8,
    producerName: 'pyramid-mamba',
    docString: 'ViT-S/14 without a method',
    graph: graph.proto(),
    opsetImport: [{ domain: '', version: 18 }],
    metadataProps: [],
  });
}

/** The file in onnxruntime on so many threads; `levels` are in the layout of ours, (rows, columns, width). */
async function inOnnxruntime(file: Uint8Array, image: tf.Tensor4D, intraOpNumThreads: number) {
  ort.env.logLevel = 'error';
  const session = await ort.InferenceSession.create(file, { intraOpNumThreads, interOpNumThreads: 1 });
  const planes = tf.tidy(() => tf.transpose(image, [0, 3, 1, 2]));
  const feeds = { image: new ort.Tensor('float32', await planes.data<'float32'>(), planes.shape) };
  planes.dispose();
  return {
    run: async (): Promise<void> => void (await session.run(feeds)),
    levels: async (): Promise<Float32Array[]> => {
      const found = await session.run(feeds);
      return Promise.all(
        VIT_S14.levels.map((_, i) => {
          const { data, dims } = found[`level${i}`]!;
          const rows = tf.tidy(() =>
            tf.transpose(
              tf.tensor4d(data as Float32Array, dims as [number, number, number, number]),
              [0, 2, 3, 1],
            ),
          );
          return rows.data<'float32'>().finally(() => rows.dispose());
        }),
      );
    },
    release: () => session.release(),
  };
}

/** The largest difference as a share of the largest value; throws where it is above TOLERANCE. */
function checked(got: readonly Float32Array[], want: readonly Float32Array[], where: string): number {
  let worst = 0;
  want.forEach((level, i) => {
    const scale = level.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    level.forEach((x, j) => {
      const error = Math.abs(got[i]![j]! - x) / scale;
      if (!(error <= TOLERANCE))
        throw new Error(
          `vit, ${where}: level ${i} must be onnxruntime's within ${TOLERANCE}, is ${got[i]![j]} instead of ${x} at ${j}`,
        );
      worst = Math.max(worst, error);
    });
  });
  return worst;
}

/** ViT-S/14, one picture: milliseconds on the backend beside onnxruntime with one thread and with all processors, in turn. */
export async function benchVit(
  seed: number,
  repeats: number,
  { backend }: { backend: string },
): Promise<void> {
  console.log(
    `\nViT-S/14 (DINOv2), ten of twelve blocks, batch 1, ${backend} beside onnxruntime ${ort.env.versions.node}`,
  );
  const weights = await seededEncoderWeights(VIT_S14, { seed, random: 2 });
  for (const side of SIDES) {
    await tf.setBackend('wasm');
    const drawn = pictures(1, side, seed);
    const data = await drawn.data<'float32'>();
    const file = encoderFile(weights, side);
    const others = [
      await inOnnxruntime(file, drawn, 1),
      ...(cpus().length > 1 ? [await inOnnxruntime(file, drawn, cpus().length)] : []),
    ];
    const want = await others[0]!.levels();
    drawn.dispose();
    await tf.setBackend(backend);
    const image = tf.tensor4d(data, [1, side, side, 3]);
    const encoder = createEncoder(VIT_S14, weights);
    const levels = async (): Promise<Float32Array[]> => {
      const found = encoder.encode(image);
      const values = await Promise.all(found.map((level) => level.data<'float32'>()));
      tf.dispose(found);
      return values;
    };
    const worst = checked(await levels(), want, `${backend}, ${side}×${side}`);
    const works = [async () => void (await levels()), ...others.map(({ run }) => run)];
    const [own, ...theirs] = await timePaired(repeats, works);
    const names = ['one thread', `${cpus().length} threads`];
    console.log(
      [
        `  ${side}×${side}: ${milliseconds(own!)}, processor ${own!.processor.toFixed(0)} ms`,
        ...theirs.map(
          (timing, i) =>
            `onnxruntime, ${names[i]}: ${milliseconds(timing)}, processor ${timing.processor.toFixed(0)} ms; ` +
            `ratio ${(own!.median / timing.median).toFixed(2)}, of processor time ${(own!.processor / timing.processor).toFixed(2)}`,
        ),
        `features within ${worst.toExponential(1)} of onnxruntime's`,
      ].join('\n    '),
    );
    tf.dispose(image);
    encoder.dispose();
    for (const other of others) await other.release();
  }
}
