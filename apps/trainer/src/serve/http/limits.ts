/** What bounds requests. */
export interface HttpLimits {
  /** Bytes of a picture, and of a model file. */
  pictureBytes: number;
  modelBytes: number;
  /** Pictures of one request. */
  pictures: number;
  /** Bytes of requests that are held at the same time, those that are still being received included. */
  heldBytes: number;
}

export const LIMITS: HttpLimits = {
  pictureBytes: 64 * 2 ** 20,
  modelBytes: 2 ** 30,
  pictures: 64,
  heldBytes: 2 ** 30,
};

/** Milliseconds for a client to send a request's head, and all of it; of a connection without a request; and how often that is checked. */
export const PATIENCE = { head: 10_000, request: 60_000, idle: 10_000, checked: 1_000 };

/** Connections at the same time: each costs a file. */
export const CONNECTIONS = 512;
