import { FormatError } from '../../errors.js';
import type { HostTensor } from '../../files/safetensors.js';
import type { ResnetConfig } from './config.js';

/** The configuration of a checkpoint, from its names and shapes; undefined where it is no ResNet. */
export function inferResnet(
  tensors: ReadonlyMap<string, HostTensor>,
  where: string,
): ResnetConfig | undefined {
  const stem = tensors.get('conv1.weight');
  if (!stem || stem.shape.length !== 4 || stem.shape[0]! < 1) return undefined;
  const arch = tensors.has('layer3.5.conv1.weight') ? 'resnet34' : 'resnet18';
  if (tensors.has('layer1.0.conv3.weight'))
    throw new FormatError(
      `${where}: this network has bottleneck blocks (ResNet50 or larger); use a ResNet18 or ResNet34.`,
    );
  return { arch, width: stem.shape[0]! };
}
