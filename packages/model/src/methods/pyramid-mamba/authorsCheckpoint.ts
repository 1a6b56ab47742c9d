import { encoderWeightsFrom, inferEncoder } from '../../encoders/registry.js';
import type { HostTensor } from '../../files/safetensors.js';
import type { PyramidMambaConfig } from './config.js';
import { PyramidMamba } from './model.js';

/** Prefix of the encoder's tensors in the authors' checkpoints; fusion and decoder have `mff_oce.` and `net_s.`. */
const ENCODER = 'net_t.';

/** Whether a state dict is one of the authors' trained networks rather than a bare encoder. */
export function isAuthorsCheckpoint(tensors: ReadonlyMap<string, HostTensor>): boolean {
  return tensors.has(`${ENCODER}conv1.weight`);
}

/**
 * A model from a trained checkpoint of the authors' code: their names are ours, the encoder's BatchNorm is folded here, and
 * tensors that the network does not need (scan indices, counters, layer4) are ignored. The encoder's architecture is
 * detected from its tensors, the rest of the configuration is `config`'s.
 *
 * @throws FormatError that names the first tensor that is missing or of another shape
 */
export function modelFromAuthors(
  tensors: ReadonlyMap<string, HostTensor>,
  config: PyramidMambaConfig,
  where: string,
): PyramidMamba {
  const encoder = new Map<string, HostTensor>();
  for (const [name, tensor] of tensors)
    if (name.startsWith(ENCODER)) encoder.set(name.slice(ENCODER.length), tensor);
  const arch = inferEncoder(encoder, where);
  return PyramidMamba.load(
    { ...config, encoder: arch },
    encoderWeightsFrom(encoder, arch, where),
    tensors,
    where,
  );
}
