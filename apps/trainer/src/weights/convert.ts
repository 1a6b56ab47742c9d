import { someOf } from '@pyramid-mamba/data';
import {
  describeEncoder,
  encoderWeightsFrom,
  inferEncoderArch,
  inputOf,
  isAuthorsCheckpoint,
  isMambaAdCheckpoint,
  mambaAdFromAuthors,
  methodOf,
  modelFromAuthors,
  preprocessingOf,
  readWeights,
  saveModel,
  shortInput,
  writeSafetensors,
  type MambaAdConfig,
  type ModelConfig,
} from '@pyramid-mamba/model';
import { UserError } from '../errors.js';

/** The result of a conversion. */
export interface Converted {
  bytes: Uint8Array;
  /** A description. */
  line: string;
}

/** An encoder's checkpoint as a safetensors file of what its features need: of a ResNet stem and layers 1 to 3, BatchNorm folded. Throws a FormatError. */
export function convertEncoder(bytes: Uint8Array, where: string): Converted {
  const tensors = readWeights(bytes, where);
  if (isAuthorsCheckpoint(tensors)) {
    throw new UserError(
      `${where} is a trained network of the authors, not an encoder; add --model CLASSES to convert it to a model file`,
    );
  }
  const arch = inferEncoderArch(tensors, where);
  const weights = encoderWeightsFrom(tensors, arch, where);
  const metadata = { format: 'pyramid-mamba encoder', arch: arch.arch, width: String(arch.width) };
  return {
    bytes: writeSafetensors(
      new Map([...weights].map(([name, { shape, data }]) => [name, { shape, data }])),
      metadata,
    ),
    line: `encoder: ${describeEncoder(arch)}, ${weights.size} tensors${arch.family === 'vit' ? '' : ', BatchNorm folded'}`,
  };
}

/**
 * A trained checkpoint of the authors' code as our model file, or of MambaAD's, whose published settings then stand in for `config`. Throws
 * a FormatError.
 */
export async function convertModel(
  bytes: Uint8Array,
  where: string,
  config: ModelConfig,
  classes: string[],
): Promise<Converted> {
  const tensors = readWeights(bytes, where);
  const model = isMambaAdCheckpoint(tensors)
    ? mambaAdFromAuthors(
        tensors,
        methodOf({ method: 'mambaad' }).presets['paper']!.model as MambaAdConfig,
        where,
      )
    : modelFromAuthors(tensors, config, where);
  try {
    const { encoder } = model.config;
    return {
      bytes: await saveModel(model, {
        classes,
        preprocessing: preprocessingOf(model.config),
      }),
      line: `model: ${methodOf(model).title}, ${encoder.arch}, ${shortInput(inputOf(model.config))}, classes ${someOf(classes)}; no thresholds yet: \`evaluate\` sets them`,
    };
  } finally {
    model.dispose();
  }
}
