import { encoderWeightsFrom, inferEncoder } from '../../encoders/registry.js';
import type { HostTensor } from '../../files/safetensors.js';
import type { MambaAdConfig } from './config.js';
import { MambaAd } from './model.js';

/** Prefix of the encoder's tensors in the authors' checkpoints; fusion and decoder have `mff_oce.` and `net_s.`. */
const ENCODER = 'net_t.';

/** The names of the 7×7 branch in ADer's copy of the network, and in the authors' own code, which are ours. */
const RENAMED: Readonly<Record<string, string>> = { '.conv1b3.': '.conv1b7.', '.conv1a3.': '.conv1a7.' };

/** The tables of the curve that every scan block of the authors' code keeps: they follow from the map's size and are not read. */
const TABLE = /\.scans\.index_flat(_inv)?$/;

/** Whether a state dict is a trained network of MambaAD, rather than of Pyramid-Mamba, whose names it shares, or a bare encoder. */
export function isMambaAdCheckpoint(tensors: ReadonlyMap<string, HostTensor>): boolean {
  const own = (name: string): boolean => TABLE.test(name) || name.includes('.conv1b3.');
  return tensors.has(`${ENCODER}conv1.weight`) && [...tensors.keys()].some(own);
}

/** The tensors under the authors' names, whichever of the two codes wrote them. */
function withAuthorsNames(tensors: ReadonlyMap<string, HostTensor>): Map<string, HostTensor> {
  return new Map(
    [...tensors].map(([name, tensor]) => [
      Object.entries(RENAMED).reduce((text, [ader, authors]) => text.replace(ader, authors), name),
      tensor,
    ]),
  );
}

/**
 * A model from a trained checkpoint of the authors' code or of ADer's copy of it. The encoder's architecture is detected from its tensors,
 * the rest of the configuration is `config`'s.
 *
 * @throws FormatError that names the first tensor that is missing or of another shape
 */
export function mambaAdFromAuthors(
  tensors: ReadonlyMap<string, HostTensor>,
  config: MambaAdConfig,
  where: string,
): MambaAd {
  const encoder = new Map<string, HostTensor>();
  for (const [name, tensor] of tensors)
    if (name.startsWith(ENCODER)) encoder.set(name.slice(ENCODER.length), tensor);
  const arch = inferEncoder(encoder, where);
  return MambaAd.load(
    { ...config, encoder: arch },
    encoderWeightsFrom(encoder, arch, where),
    withAuthorsNames(tensors),
    where,
  );
}
