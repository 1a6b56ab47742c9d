import { familyOf } from '../encoders/registry.js';
import { FormatError } from '../errors.js';
import { describeInput, inputOf, type Size } from '../inference/input.js';
import { methodGraph } from '../methods/graphOf.js';
import { methodOf } from '../methods/registry.js';
import type { Detector } from '../methods/types.js';
import { Graph } from './graph.js';
import { blank, preprocessed } from './preprocessing.js';
import { encodeModel } from './proto.js';
import { decided, VERDICTS, type OnnxProduct } from './verdict.js';

/** Of ONNX 1.13: the first with axes in `Resize` and `Split` by count; runtimes since 2023 read it. */
export const OPSET = 18;
export const IR_VERSION = 8;
/** Of a file of protocol buffers. */
export const MOST_BYTES = 2 ** 31 - 1;

export interface OnnxOptions {
  /** In the order of the input `review`; the model's classes. */
  readonly products: readonly OnnxProduct[];
  /** Size of the pictures within an input that keeps their aspect; by default they fill it. Throws a RangeError for a larger one. */
  readonly picture?: Size | undefined;
  /** Further metadata of the file. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The key of the JSON in the file's metadata. */
export const ONNX_METADATA = 'pyramid_mamba';

/**
 * A detector as the bytes of an ONNX file, of standard operators only. Input `image`: bytes, (batch, height, width, 3), RGB, resized to the input as
 * the program does. Outputs: `map` (batch, height, width) and `score` (batch), raw; `product` and `verdict` (batch), integers, see `VERDICTS`.
 * Thresholds are the inputs `review` and `reject` with the model's as defaults, and in the metadata.
 *
 * @throws FormatError for a model with tiles, for a method or an encoder without a graph, and for a model that is too large for one file
 */
export async function onnxModel(model: Detector, options: OnnxOptions): Promise<Uint8Array> {
  const { config, encoder } = model;
  const { products, metadata = {} } = options;
  if (config.tiles)
    throw new FormatError(
      'a model with tiles cannot be exported to ONNX yet: judge with this program, or train a model without --tiles',
    );
  const { height, width } = inputOf(config);
  const picture = options.picture ?? { height, width };
  const family = familyOf(encoder.config);
  if (!family.graph)
    throw new FormatError(`the encoder ${encoder.id} cannot be exported to ONNX: it has no graph`);
  if (products.some((one) => one.mask) && methodOf(config).scoreIsMaximum?.(config) === false)
    throw new FormatError(
      `a model with areas whose score is not the maximum of its map cannot be exported to ONNX: remove the areas, or train ${model.method} with the score "map"`,
    );
  const own = await family.graph();
  const method = await methodGraph(methodOf(config), config);
  const weights = await model.stateDict();
  let bytes = 0;
  for (const { data } of [...encoder.weights.values(), ...weights.values()]) bytes += data.byteLength;
  if (bytes > MOST_BYTES)
    throw new FormatError(
      `the model has ${(bytes / 1e9).toFixed(1)} GB of numbers, and an ONNX file holds 2.1: train it with a smaller bank or encoder`,
    );

  const graph = new Graph('pyramid_mamba');
  const pictures = graph.input(
    'image',
    'uint8',
    ['batch', picture.height, picture.width, 3],
    'RGB, 0 to 255, resized by antialiased bilinear interpolation',
  );
  const { images, frame } = preprocessed(graph, pictures, { height, width }, picture);
  const features = own.encode(graph, encoder.config, encoder.weights, images);
  const prototype = own.prototype(graph, features);
  const levels = await method.levels(graph, config, weights, { images, features, prototype });
  const whole = method.fuse(graph, config.map as never, levels, frame);
  const { map, score, product, verdict } = decided(
    graph,
    {
      ...whole,
      prototype,
      blank: blank(graph, pictures),
      roundsByShare: methodOf(config).roundsByShare === true,
    },
    products,
    picture,
  );
  graph.output('map', map, 'float32', ['batch', picture.height, picture.width], 'Raw anomaly map');
  graph.output('score', score, 'float32', ['batch'], 'Raw score, to compare with review and reject');
  graph.output('product', product, 'int64', ['batch'], 'Index of the product in the metadata');
  graph.output('verdict', verdict, 'int64', ['batch'], VERDICT_DOC);

  const facts = {
    version: 1,
    method: model.method,
    encoder: encoder.id,
    input: describeInput(inputOf(config)),
    // with `pad` pictures of another aspect than `image` must not be stretched to it
    fit: inputOf(config).fit,
    verdicts: VERDICTS,
    products: products.map(({ name, thresholds, trusted }) => ({ name, ...thresholds, trusted })),
  };
  return encodeModel({
    irVersion: IR_VERSION,
    producerName: 'pyramid-mamba',
    docString: `${methodOf(config).title} on ${encoder.id}`,
    graph: graph.proto(),
    opsetImport: [{ domain: '', version: OPSET }],
    metadataProps: Object.entries({ ...metadata, [ONNX_METADATA]: JSON.stringify(facts) }).map(
      ([key, value]) => ({ key, value }),
    ),
  });
}

const VERDICT_DOC = Object.entries(VERDICTS)
  .map(([name, number]) => `${number} ${name}`)
  .join(', ');
