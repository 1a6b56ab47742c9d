/** Floats of scratch for the constants of the sigmoid; see assembly/sigmoid.ts. */
export const SIGMOID_CONSTANTS = 10;
