/** Raised whenever a kernel gives other numbers for the same input: what was computed with the old ones is then computed anew. */
export const KERNELS_VERSION = 1;
