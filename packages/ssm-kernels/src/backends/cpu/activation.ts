const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** x·sigmoid(x) */
export const siluOf = (x: number): number => x * sigmoid(x);

/** d silu / dx */
export const siluSlope = (x: number): number => sigmoid(x) * (1 + x * (1 - sigmoid(x)));
