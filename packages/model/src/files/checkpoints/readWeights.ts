import { requireNotForeign } from '../fileKind.js';
import { readSafetensors, type HostTensor } from '../safetensors.js';
import { withoutPrefix } from './prefixes.js';
import { readTorchCheckpoint } from './torchCheckpoint.js';

/**
 * The tensors of a file of weights, `.safetensors` or `.pth`, detected by its first bytes, with torchvision's names of a ResNet
 * (see `withoutPrefix`).
 *
 * @param where the file's name, for messages
 * @throws FormatError
 */
export function readWeights(bytes: Uint8Array, where: string): Map<string, HostTensor> {
  requireNotForeign(bytes, where);
  const isTorch = (bytes[0] === 0x50 && bytes[1] === 0x4b) || bytes[0] === 0x80;
  // a safetensors header longer than 2^56 bytes does not exist, one of 128 mod 256 bytes does: its ninth byte is a brace
  const isSafetensors = bytes[8] === 0x7b;
  return isTorch && !isSafetensors
    ? readTorchCheckpoint(bytes, where)
    : withoutPrefix(readSafetensors(bytes, where).tensors, where);
}
