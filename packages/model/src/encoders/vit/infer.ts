import { FormatError } from '../../errors.js';
import type { HostTensor } from '../../files/safetensors.js';
import { positionName } from './architecture.js';
import { headsOf, INTERPOLATIONS, middleLevels, type Interpolation, type VitConfig } from './config.js';
import { named, type Named } from './names.js';

/**
 * The configuration of a checkpoint, from its names and shapes; undefined where it is no vision transformer.
 * @throws FormatError for one that is not supported
 */
export function inferVit(tensors: ReadonlyMap<string, HostTensor>, where: string): VitConfig | undefined {
  const found = named(tensors);
  if (!found) return undefined;
  const refuse = (why: string): never => {
    throw new FormatError(
      `${where}: this vision transformer ${why}; use a ViT-S, B or L of DINOv2, DINO or DeiT.`,
    );
  };
  const shapeOf = (name: string): readonly number[] => found.tensors.get(name)?.shape ?? [];
  const [width, colours, patch, patchWidth] = shapeOf('patch_embed.proj.weight');
  if (!width || colours !== 3 || !patch || patch !== patchWidth)
    return refuse(
      `has no square patches of three colours (${shapeOf('patch_embed.proj.weight').join(', ')})`,
    );
  if ([...found.tensors.keys()].some((name) => name.includes('.mlp.w12') || name.includes('.mlp.weights_in')))
    return refuse('has SwiGLU blocks');
  let depth = 0;
  while (found.tensors.has(`blocks.${depth}.norm1.weight`)) depth++;
  const hidden = shapeOf('blocks.0.mlp.fc1.weight')[0];
  if (depth === 0 || !hidden) return refuse('has no blocks');
  const interpolation = interpolationOf(found);
  const positions =
    shapeOf(positionName(interpolation))[1] ?? shapeOf('pos_embed')[1] ?? refuse('has no position embedding');
  const grid = Math.sqrt(positions - 1);
  if (!Number.isInteger(grid))
    return refuse(`has positions of ${positions - 1} patches, which are no square (a second class token?)`);
  const registers = shapeOf('register_tokens')[1] ?? 0;
  const scaled = found.tensors.has('blocks.0.ls1.gamma');
  if (registers > 0 && !scaled) return refuse('has registers but no LayerScale');
  return {
    family: 'vit',
    arch: registers > 0 ? 'dinov2_reg' : scaled ? 'dinov2' : 'vit',
    patch,
    width,
    depth,
    heads: headsOf(width),
    hidden,
    registers,
    grid,
    interpolation,
    levels: middleLevels(depth),
  };
}

/** How the position embedding is resized: as its name says in a file of ours, else as the library that wrote it does. */
function interpolationOf({ tensors, library }: Named): Interpolation {
  const ours = INTERPOLATIONS.find((kind) => kind !== 'antialias' && tensors.has(positionName(kind)));
  if (ours) return ours;
  if (tensors.has('register_tokens')) return 'antialias';
  return library === 'huggingface' ? 'plain' : library === 'timm' ? 'antialias' : 'offset';
}
