import { FormatError } from '../../errors.js';
import type { HostTensor } from '../../files/safetensors.js';
import type { ResnetConfig } from './config.js';

/**
 * The configuration of a checkpoint, from its names and shapes; undefined where it is no ResNet.
 * @throws FormatError for a ResNet that is not one of ours
 */
export function inferResnet(
  tensors: ReadonlyMap<string, HostTensor>,
  where: string,
): ResnetConfig | undefined {
  const stem = tensors.get('conv1.weight');
  if (!stem || stem.shape.length !== 4 || stem.shape[0]! < 1) return undefined;
  const width = stem.shape[0]!;
  if (!tensors.has('layer1.0.conv3.weight'))
    return { arch: tensors.has('layer3.5.conv1.weight') ? 'resnet34' : 'resnet18', width };
  const inner = (tensors.get('layer1.0.conv2.weight')?.shape ?? []).join(', ');
  const arch = {
    [`${width}, ${width}, 3, 3`]: 'resnet50',
    [`${2 * width}, ${2 * width}, 3, 3`]: 'wide_resnet50_2',
  } as const;
  const found = arch[inner];
  if (found && tensors.has('layer3.5.conv1.weight') && !tensors.has('layer3.6.conv1.weight'))
    return { arch: found, width };
  throw new FormatError(
    `${where}: this network has bottleneck blocks, but is neither a ResNet50 nor a Wide-ResNet50-2 ` +
      `(layer1.0.conv2.weight is (${inner}), layer3 has ${tensors.has('layer3.6.conv1.weight') ? 'more than' : 'not'} 6 blocks); ` +
      'use a ResNet18, ResNet34, ResNet50 or Wide-ResNet50-2.',
  );
}
