/** After Ctrl+C: 128 + the number of SIGINT, as shells report it. */
export const INTERRUPTED = 130;
/** After SIGTERM: of `kill`, of a service that stops, of a launcher whose other processes have ended. */
export const TERMINATED = 143;
