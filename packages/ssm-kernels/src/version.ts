/** Increased whenever a kernel gives other numbers for the same input, which invalidates cached results. */
export const KERNELS_VERSION = 2;
