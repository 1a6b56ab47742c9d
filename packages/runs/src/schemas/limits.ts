// Limits on the content of files, each well above what the trainer writes.

/** Largest side of what a network sees at once, in pixels. */
export const MAX_SIZE = 1024;
/** Largest side of pictures and maps, in pixels: those of a model that judges in tiles. */
export const MAX_TILED_SIZE = 4096;
/** Largest standard deviation of the Gaussian over a map, in pixels: its cost grows with it. */
export const MAX_SIGMA = 32;
export const MAX_CLASSES = 1_000;
/** Maximum length of a class name. */
export const MAX_NAME = 200;
/** Scores lie between -MAX_SCORE and MAX_SCORE: differences of larger ones would overflow. */
export const MAX_SCORE = 1e30;
