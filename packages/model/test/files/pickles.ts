import { zipSync } from 'fflate';

/** A dict to pickle: 'tensor' stands for a tensor of one number, 'none' for None. */
export interface Content {
  readonly [key: string]: 'tensor' | 'none' | Content;
}

const text = (s: string): number[] => [0x58, s.length & 255, s.length >> 8, 0, 0, ...Buffer.from(s)];
const name = (s: string): number[] => [0x63, ...Buffer.from(s)];

const TENSOR = [
  ...name('torch._utils\n_rebuild_tensor_v2\n'),
  0x28,
  0x28,
  ...text('storage'),
  ...name('torch\nFloatStorage\n'),
  ...text('0'),
  ...text('cpu'),
  0x4b,
  1,
  0x74,
  0x51, // 1 number; persistent id
  0x4b,
  0,
  0x4b,
  1,
  0x85,
  0x4b,
  1,
  0x85,
  0x89, // offset 0, shape (1), strides (1)
  ...name('collections\nOrderedDict\n'),
  0x29,
  0x52,
  0x74,
  0x52,
];

function value(content: Content | 'tensor' | 'none'): number[] {
  if (content === 'tensor') return TENSOR;
  if (content === 'none') return [0x4e];
  return [
    0x7d,
    0x28,
    ...Object.entries(content).flatMap(([key, inner]) => [...text(key), ...value(inner)]),
    0x75,
  ];
}

/** A zip checkpoint that contains a handwritten pickle. */
export const archive = (
  pickle: ArrayLike<number>,
  more: Record<string, Uint8Array> = { 'x/data/0': new Uint8Array(4) },
): Uint8Array => zipSync({ 'x/data.pkl': Uint8Array.from(pickle), ...more }, { level: 0 });

/** The bytes of a checkpoint as torch.save writes it. */
export const pickled = (content: Content): Uint8Array => archive([0x80, 2, ...value(content), 0x2e]);
