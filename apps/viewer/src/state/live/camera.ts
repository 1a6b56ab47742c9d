import { signal } from '@preact/signals';
import { loadOpenModel } from '../engine.js';
import { takeShot } from './cameraShot.js';
import { nextFrame, Repetition, trackFault } from './frames.js';
import { hideFrame, judgeFrame, showFrame } from './live.js';
import { letGo } from './shots.js';
import { Shutter, trigger } from './trigger.js';

/** A running camera; null when it is off. A new object for each start. */
export const stream = signal<MediaStream | null>(null);
export const cameras = signal<readonly { id: string; label: string }[]>([]);
export const cameraId = signal('');
/** Why there is no picture, for the user. */
export const cameraFault = signal<string | null>(null);
/** Frames judged per second, recently. */
export const frameRate = signal(0);

const FAULTS: Record<string, string> = {
  NotAllowedError:
    'The page may not use the camera: the browser or the system refused it. Allow it with the symbol in the address bar, then start it again.',
  NotFoundError: 'No camera was found. Connect one, then start it again.',
  NotReadableError:
    'The camera is in use by another program, or does not answer. Close that program, then start it again.',
  OverconstrainedError: 'The selected camera is no longer connected. Choose another one.',
};

let starts = 0;

/**
 * Starts the selected camera, or sets the reason why it cannot.
 *
 * @param prepare what must be there first: the model, or null for a camera that only takes pictures
 */
export async function startCamera(prepare: (() => Promise<void>) | null = loadOpenModel): Promise<void> {
  stopCamera();
  cameraFault.value = null;
  if (!navigator.mediaDevices?.getUserMedia) {
    cameraFault.value =
      'Browsers give a camera only to pages opened by https or from localhost: open this page by such an address.';
    return;
  }
  const turn = ++starts;
  try {
    await prepare?.();
    const chosen = cameraId.value;
    const opened = await navigator.mediaDevices.getUserMedia({
      video: {
        width: { ideal: 1280 },
        height: { ideal: 720 },
        ...(chosen === '' ? {} : { deviceId: { exact: chosen } }),
      },
    });
    // stopped, or another one selected, during the permission prompt
    if (turn !== starts) {
      for (const track of opened.getTracks()) track.stop();
      return;
    }
    stream.value = opened;
    await listCameras();
  } catch (error) {
    const { name, message } = error as Error;
    cameraFault.value = FAULTS[name] ?? `The camera failed to start: ${message}.`;
  }
}

export function stopCamera(): void {
  starts++;
  for (const track of stream.value?.getTracks() ?? []) track.stop();
  stream.value = null;
  frameRate.value = 0;
}

/** Devices have names only after permission was granted. */
async function listCameras(): Promise<void> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  cameras.value = devices
    .filter(({ kind }) => kind === 'videoinput')
    .map(({ deviceId, label }, i) => ({ id: deviceId, label: label || `Camera ${i + 1}` }));
  const own = stream.value?.getVideoTracks()[0]?.getSettings().deviceId;
  if (own !== undefined) cameraId.value = own;
}

const ENDED =
  'The camera was disconnected or taken away from this page, so there is no verdict. Connect it, then start it again.';
const MUTED =
  'The camera gives no pictures at the moment (it is muted, covered by the system, or asleep), so there is no verdict.';
const STILL =
  'The camera gives no new pictures, so there is no verdict. Check its cable; if it stays so, stop it and start it again.';
const SAME =
  'The camera repeats the same picture, so there is no verdict. If it hangs, stop it and start it again; judging resumes by itself as soon as a picture differs.';
const BEHIND = 'Judging takes longer than expected; until it is done there is no verdict.';
/** Time in ms without a newer verdict after which a verdict is hidden, or several times the usual duration. */
const OLD_AFTER_MS = 5000;

/** Hides a stale result and sets the reason. */
function withhold(why: string): void {
  cameraFault.value = why;
  frameRate.value = 0;
  hideFrame();
}

/** Stops a failed camera, with a sentence; one started since is not affected. */
export function failCamera(of: MediaStream, error: unknown): void {
  if (stream.value !== of) return;
  stopCamera();
  withhold(error instanceof Error ? error.message : String(error));
}

/** Judges frame after frame until the stream changes. Without new frames there is no verdict: the last one must not remain. */
export async function watch(video: HTMLVideoElement, of: MediaStream): Promise<void> {
  const runs = () => stream.value === of;
  const [track] = of.getVideoTracks();
  const gone = () => {
    if (!runs()) return;
    const fault = trackFault(track);
    if (fault === 'muted') withhold(MUTED);
    if (fault !== 'ended') return;
    stopCamera();
    withhold(ENDED);
  };
  // at once, not with the next frame, which may never come
  for (const event of ['ended', 'mute'] as const) track?.addEventListener(event, gone);
  try {
    await judgeFrames(video, track, runs, gone);
  } catch (error) {
    failCamera(of, error);
  } finally {
    for (const event of ['ended', 'mute'] as const) track?.removeEventListener(event, gone);
  }
}

async function judgeFrames(
  video: HTMLVideoElement,
  track: MediaStreamTrack | undefined,
  runs: () => boolean,
  gone: () => void,
): Promise<void> {
  const repetition = new Repetition();
  const shutter = new Shutter();
  const ofShots = new Repetition();
  let last = performance.now();
  let usual = 0;
  for (let n = 1; runs(); n++) {
    if (document.hidden) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      continue;
    }
    const fresh = await nextFrame(video);
    if (!runs()) return;
    if (trackFault(track) !== null) {
      gone();
      continue;
    }
    if (!fresh) {
      if (!document.hidden) withhold(STILL);
      continue;
    }
    if (trigger.value !== 'always') {
      // a camera that hangs gives frames, too: only a picture that differs shows that it does not
      if (cameraFault.peek() !== SAME) cameraFault.value = null;
      frameRate.value = 0;
      // the last frame of before is none that was asked for
      hideFrame();
      const taken = await takeShot(video, shutter, ofShots);
      if (!runs() || taken === 'not wanted') continue;
      if (taken === 'repeated') withhold(SAME);
      else cameraFault.value = null;
      continue;
    }
    const late = setTimeout(() => runs() && withhold(BEHIND), Math.max(OLD_AFTER_MS, 4 * usual));
    const began = performance.now();
    const shot = await judgeFrame(video, `frame ${n}`).finally(() => clearTimeout(late));
    const now = performance.now();
    usual = Math.max(usual, now - began);
    if (!shot) continue;
    if (!runs() || trackFault(track) !== null) {
      letGo(shot);
      gone();
      continue;
    }
    if (repetition.same(shot.judgement.map, now)) {
      letGo(shot);
      withhold(SAME);
      continue;
    }
    cameraFault.value = null;
    showFrame(shot);
    // a moving average, because single frames vary
    const rate = 1000 / (now - last);
    frameRate.value = frameRate.value === 0 ? rate : 0.8 * frameRate.value + 0.2 * rate;
    last = now;
  }
}
