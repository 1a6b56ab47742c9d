import { floatsOf, type HostTensor } from '../../files/safetensors.js';

/** Ends of the name of the patches' convolution, which every library's checkpoints have, by what they call it. */
const PATCHES = {
  facebookresearch: 'patch_embed.proj.weight',
  huggingface: 'embeddings.patch_embeddings.projection.weight',
} as const;

/** Hugging Face's names, and ours. Its ViT (DINO, DeiT) and its DINOv2 differ within a block. */
const HUGGING_FACE: readonly (readonly [pattern: RegExp, ours: string])[] = [
  [/^embeddings\.cls_token$/, 'cls_token'],
  [/^embeddings\.position_embeddings$/, 'pos_embed'],
  [/^embeddings\.register_tokens$/, 'register_tokens'],
  [/^embeddings\.mask_token$/, 'mask_token'],
  [/^embeddings\.patch_embeddings\.projection\./, 'patch_embed.proj.'],
  [/^layernorm\./, 'norm.'],
  [/^encoder\.layer\.(\d+)\.(?:norm1|layernorm_before)\./, 'blocks.$1.norm1.'],
  [/^encoder\.layer\.(\d+)\.(?:norm2|layernorm_after)\./, 'blocks.$1.norm2.'],
  [/^encoder\.layer\.(\d+)\.attention\.attention\.(query|key|value)\./, 'blocks.$1.attn.$2.'],
  [/^encoder\.layer\.(\d+)\.attention\.output\.dense\./, 'blocks.$1.attn.proj.'],
  [/^encoder\.layer\.(\d+)\.layer_scale(\d)\.lambda1$/, 'blocks.$1.ls$2.gamma'],
  [/^encoder\.layer\.(\d+)\.intermediate\.dense\./, 'blocks.$1.mlp.fc1.'],
  [/^encoder\.layer\.(\d+)\.output\.dense\./, 'blocks.$1.mlp.fc2.'],
  [/^encoder\.layer\.(\d+)\.mlp\./, 'blocks.$1.mlp.'],
];

/** Which library's names a checkpoint has. */
export type Library = 'facebookresearch' | 'huggingface' | 'timm';

/** A checkpoint's tensors under facebookresearch's names, and whose names they were. */
export interface Named {
  readonly tensors: ReadonlyMap<string, HostTensor>;
  readonly library: Library;
}

/** The tensors of a vision transformer under facebookresearch's names; undefined where there is none. */
export function named(tensors: ReadonlyMap<string, HostTensor>): Named | undefined {
  if (tensors.has(PATCHES.facebookresearch)) {
    // only facebookresearch's DINOv2 keeps the token of its training
    const timm = tensors.has('reg_token');
    return timm
      ? { tensors: fromTimm(tensors), library: 'timm' }
      : { tensors, library: tensors.has('mask_token') ? 'facebookresearch' : 'timm' };
  }
  const first = [...tensors.keys()].find((name) => name.endsWith(PATCHES.huggingface));
  if (first === undefined) return undefined;
  const prefix = first.slice(0, -PATCHES.huggingface.length);
  return { tensors: fromHuggingFace(tensors, prefix), library: 'huggingface' };
}

/** timm adds the class token's position to the token, so its embedding has the patches alone: a position of 0 gives the same. */
function fromTimm(tensors: ReadonlyMap<string, HostTensor>): Map<string, HostTensor> {
  const found = new Map(tensors);
  const registers = found.get('reg_token')!;
  found.delete('reg_token');
  found.set('register_tokens', registers);
  const positions = found.get('pos_embed');
  if (positions?.shape.length === 3) {
    const [, patches, width] = positions.shape as [number, number, number];
    const data = new Float32Array((patches + 1) * width);
    data.set(floatsOf(positions, 'pos_embed'), width);
    found.set('pos_embed', { dtype: 'F32', shape: [1, patches + 1, width], data });
  }
  return found;
}

function fromHuggingFace(tensors: ReadonlyMap<string, HostTensor>, prefix: string): Map<string, HostTensor> {
  const found = new Map<string, HostTensor>();
  for (const [name, tensor] of tensors) {
    if (!name.startsWith(prefix)) continue;
    const own = name.slice(prefix.length);
    const [pattern, ours] = HUGGING_FACE.find(([known]) => known.test(own)) ?? [];
    if (pattern && ours) found.set(own.replace(pattern, ours), tensor);
  }
  // query, key and value are one matrix of three times as many rows here
  for (let i = 0; found.has(`blocks.${i}.norm1.weight`); i++)
    for (const kind of ['weight', 'bias']) {
      const names = ['query', 'key', 'value'].map((part) => `blocks.${i}.attn.${part}.${kind}`);
      const parts = names.map((name) => found.get(name));
      if (parts.some((part) => !part || part.shape.join() !== parts[0]!.shape.join())) continue;
      const floats = parts.map((part, j) => floatsOf(part!, names[j]!));
      const data = new Float32Array(3 * floats[0]!.length);
      floats.forEach((values, j) => data.set(values, j * values.length));
      const [rows, ...rest] = parts[0]!.shape;
      found.set(`blocks.${i}.attn.qkv.${kind}`, { dtype: 'F32', shape: [3 * rows!, ...rest], data });
      for (const name of names) found.delete(name);
    }
  return found;
}
