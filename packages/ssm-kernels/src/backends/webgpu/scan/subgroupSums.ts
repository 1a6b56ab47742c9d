import { shaders } from '../generated/shaders.js';

const NAME = 'fn partialSums(';

/** The function's text, from its name to its closing brace in the first column. */
function functionOf(wgsl: string): string {
  const start = wgsl.indexOf(NAME);
  return wgsl.slice(start, wgsl.indexOf('\n}', start) + 2);
}

/** scan.wgsl with the sums over channels by subgroup operations. */
export const subgroupSums = {
  name: 'subgroups',
  source: (wgsl: string): string =>
    `enable subgroups;\n${wgsl.replace(functionOf(wgsl), () => functionOf(shaders.scanSubgroups))}`,
} as const;
