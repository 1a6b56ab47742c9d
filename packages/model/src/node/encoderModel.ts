import { FormatError } from '../errors.js';
import type { AnyEncoderConfig, EncoderContract, EncoderWeights } from '../encoders/types.js';
import type { Size } from '../inference/input.js';
import { IR_VERSION, MOST_BYTES, OPSET } from '../onnx/exportModel.js';
import { Graph } from '../onnx/graph.js';
import { channelsFirst, channelsLast } from '../onnx/layers.js';
import { encodeModel } from '../onnx/proto.js';
import type { EncoderGraph } from '../onnx/types.js';

/** The graph's input: preprocessed RGB, (batch, height, width, 3). */
export const IMAGES = 'images';

/** The name of the output with the features of a level, (batch, h, w, c). */
export const levelName = (level: number): string => `level${level}`;

/** An encoder for pictures of one size as the bytes of an ONNX file, with TensorFlow.js's layout of pictures and features. */
export function encoderModel<C extends AnyEncoderConfig>(
  encoderGraph: EncoderGraph<C>,
  config: C,
  { id }: EncoderContract,
  weights: EncoderWeights,
  { height, width }: Size,
): Uint8Array {
  let bytes = 0;
  for (const { data } of weights.values()) bytes += data.byteLength;
  if (bytes > MOST_BYTES)
    throw new FormatError(
      `the encoder ${id} has ${(bytes / 1e9).toFixed(1)} GB of numbers, and a graph of onnxruntime holds 2.1: compute it with TensorFlow.js`,
    );
  const graph = new Graph('encoder');
  const images = graph.input(IMAGES, 'float32', ['batch', height, width, 3]);
  const planes = { value: channelsFirst(graph, images), channels: 3, height, width };
  for (const [level, map] of encoderGraph.encode(graph, config, weights, planes).entries()) {
    const dims = ['batch', map.height, map.width, map.channels];
    graph.output(levelName(level), channelsLast(graph, map.value), 'float32', dims);
  }
  return encodeModel({
    irVersion: IR_VERSION,
    producerName: 'pyramid-mamba',
    docString: id,
    graph: graph.proto(),
    opsetImport: [{ domain: '', version: OPSET }],
    metadataProps: [],
  });
}
