/** Floats of scratch for the constants of the sigmoid; see assembly/maths/sigmoid.ts. */
export const SIGMOID_CONSTANTS = 10;
