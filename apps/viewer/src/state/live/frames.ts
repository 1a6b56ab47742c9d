// Detects a stalled camera: a video element keeps showing the last picture whatever happens to the device.

/** Time in ms without a new picture after which a camera counts as stalled. */
export const STILL_AFTER_MS = 2000;
/** Maximum time of bit-identical pictures: no sensor repeats its noise, but a hanging driver repeats its last frame. */
export const SAME_FOR_MS = 5000;

/** Why a camera's track delivers nothing to judge; null if it does. */
export function trackFault(track: Pick<MediaStreamTrack, 'readyState' | 'muted' | 'enabled'> | undefined) {
  if (!track || track.readyState === 'ended') return 'ended' as const;
  return track.muted || !track.enabled ? ('muted' as const) : null;
}

/** The used part of a video element. */
export type FrameSource = Pick<HTMLVideoElement, 'readyState' | 'currentTime' | 'paused'> &
  Partial<Pick<HTMLVideoElement, 'requestVideoFrameCallback' | 'cancelVideoFrameCallback'>>;

/** Waits for a new picture; resolves to false after a timeout of `ms`. */
export function nextFrame(video: FrameSource, ms = STILL_AFTER_MS): Promise<boolean> {
  return new Promise((resolve) => {
    let handle: number | undefined;
    let poll: ReturnType<typeof setInterval> | undefined;
    const done = (fresh: boolean) => {
      clearTimeout(late);
      clearInterval(poll);
      if (handle !== undefined) video.cancelVideoFrameCallback?.(handle);
      resolve(fresh);
    };
    const late = setTimeout(() => done(false), ms);
    if (video.requestVideoFrameCallback) {
      handle = video.requestVideoFrameCallback(() => done(true));
      return;
    }
    // browsers without frame callbacks: currentTime changes with each new picture
    const before = video.currentTime;
    poll = setInterval(() => {
      if (video.readyState >= 2 && !video.paused && video.currentTime !== before) done(true);
    }, 15);
  });
}

/** Detects a camera that repeats one picture: `same` is called with the map or the bytes of each, and the time in ms. */
export class Repetition {
  #last: Float32Array | Uint8Array | undefined;
  #since = 0;

  /** Whether they have been identical for longer than possible with a working camera. */
  same(picture: Float32Array | Uint8Array, now: number): boolean {
    const before = this.#last;
    const equal = before?.length === picture.length && picture.every((value, i) => value === before[i]);
    this.#last = picture;
    if (!equal) this.#since = now;
    return equal && now - this.#since >= SAME_FOR_MS;
  }
}
