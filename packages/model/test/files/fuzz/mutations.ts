/** Damaged files of all kinds, determined by seed and number. */

export type Draw = (below: number) => number;

export function drawing(seed: number): Draw {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const pick = <T>(draw: Draw, from: readonly T[]): T => from[draw(from.length)]!;

/** Bit flips, cuts, repeats and insertions in an intact file. */
export function mutated(bytes: Uint8Array, draw: Draw): Uint8Array {
  let out = Uint8Array.from(bytes);
  for (let changes = 1 + draw(5); changes > 0; changes--) {
    const at = draw(out.length);
    const kind = draw(8);
    if (kind < 4) out[at] = pick(draw, [0, 255, 127, 128, out[at]! ^ (1 << draw(8)), draw(256)]);
    else if (kind === 4) out = out.slice(0, at);
    else if (kind === 5) out = Uint8Array.of(...out.subarray(0, at), ...out.subarray(draw(at + 1)));
    else if (kind === 6) out = Uint8Array.of(...out.subarray(0, at), draw(256), ...out.subarray(at));
    else out.set([255, 255, 255, pick(draw, [127, 255, 0])].slice(0, out.length - at), at);
    if (out.length === 0) return Uint8Array.of(draw(256));
  }
  return out;
}

const bytes = (text: string): number[] => Array.from(text, (c) => c.charCodeAt(0));
const NAMES = [
  'torch._utils\n_rebuild_tensor_v2\n',
  'torch\nFloatStorage\n',
  'torch\nSize\n',
  'collections\nOrderedDict\n',
  'numpy\nndarray\n',
  'os\nsystem\n',
];
/** Opcodes of pickles; those that create, share and grow objects are frequent. */
const PIECES: readonly ((draw: Draw) => number[])[] = [
  () => [0x7d],
  () => [0x5d],
  () => [0x29],
  () => [0x32],
  () => [0x32, 0x32, 0x86],
  () => [0x28],
  () => [0x74],
  () => [0x65],
  () => [0x61],
  () => [0x75],
  () => [0x73],
  () => [0x94],
  (draw) => [0x68, draw(8)],
  (draw) => [0x71, draw(8)],
  () => [0x52],
  () => [0x51],
  () => [0x62],
  () => [0x30],
  (draw) => [0x4b, draw(256)],
  (draw) => [0x4a, draw(256), draw(256), draw(256), draw(128)],
  (draw) => [0x43, 0, 0x58, draw(3), 0, 0, 0, 0x61, 0x62],
  (draw) => [0x63, ...bytes(pick(draw, NAMES))],
  () => [0x58, 7, 0, 0, 0, ...bytes('storage')],
  (draw) => [0x85 + draw(3)],
  (draw) => [0x8a, 9, ...Array.from({ length: 9 }, () => draw(256))],
];

/** A pickle of random opcodes, some repeated thousands of times. */
export function randomPickle(draw: Draw): Uint8Array {
  const out: number[] = [0x80, 2];
  for (let pieces = draw(60); pieces > 0; pieces--) {
    const piece = pick(draw, PIECES)(draw);
    const times = draw(12) === 0 ? 1 + draw(3000) : 1;
    for (let i = 0; i < times; i++) out.push(...piece);
  }
  if (draw(8) > 0) out.push(0x2e);
  return Uint8Array.from(out);
}
