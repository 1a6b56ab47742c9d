/** After Ctrl+C: 128 + the number of SIGINT, as shells report it. */
export const INTERRUPTED = 130;
