// Whether a camera still shows what is before it: its last picture stays on a video element whatever happens to the device.

/** Without a new picture for so long, a camera is taken to stand still, in ms. */
export const STILL_AFTER_MS = 2000;
/** So long the same picture, bit for bit, may come: no sensor repeats its noise, but a driver that hangs repeats its last frame. */
export const SAME_FOR_MS = 5000;

/** Why a camera's track gives nothing to judge; null where it does. */
export function trackFault(track: Pick<MediaStreamTrack, 'readyState' | 'muted' | 'enabled'> | undefined) {
  if (!track || track.readyState === 'ended') return 'ended' as const;
  return track.muted || !track.enabled ? ('muted' as const) : null;
}

/** What of a video element is used. */
export type FrameSource = Pick<HTMLVideoElement, 'readyState' | 'currentTime' | 'paused'> &
  Partial<Pick<HTMLVideoElement, 'requestVideoFrameCallback' | 'cancelVideoFrameCallback'>>;

/** Waits for a picture that was not there before; resolves to false where none comes within `ms`. */
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
    // browsers without frame callbacks: the time of the picture moves with each new one
    const before = video.currentTime;
    poll = setInterval(() => {
      if (video.readyState >= 2 && !video.paused && video.currentTime !== before) done(true);
    }, 15);
  });
}

/** Tells a camera that repeats one picture: `same` is asked with each map, and the time in ms. */
export class Repetition {
  #map: Float32Array | undefined;
  #since = 0;

  /** Whether the maps have been one and the same for longer than a living camera's can. */
  same(map: Float32Array, now: number): boolean {
    const before = this.#map;
    const equal = before?.length === map.length && map.every((value, i) => value === before[i]);
    this.#map = map;
    if (!equal) this.#since = now;
    return equal && now - this.#since >= SAME_FOR_MS;
  }
}
