import { signal } from '@preact/signals';
import { loadOpenModel } from './engine.js';
import { judgeFrame } from './live.js';

/** A running camera; null when it is off. */
export const stream = signal<MediaStream | null>(null);
export const cameras = signal<readonly { id: string; label: string }[]>([]);
export const cameraId = signal('');
/** Why there is no picture, for people. */
export const cameraFault = signal<string | null>(null);
/** Frames judged a second, lately. */
export const frameRate = signal(0);

const FAULTS: Record<string, string> = {
  NotAllowedError:
    'The page may not use the camera: the browser or the system refused it. Allow it with the symbol in the address bar, then start it again.',
  NotFoundError: 'There is no camera. Connect one, then start it again.',
  NotReadableError:
    'The camera is in use by another program, or does not answer. Close that program, then start it again.',
  OverconstrainedError: 'The chosen camera is no longer there. Choose another one.',
};

/** Starts the chosen camera, or says why it cannot be. */
export async function startCamera(): Promise<void> {
  stopCamera();
  cameraFault.value = null;
  if (!navigator.mediaDevices?.getUserMedia) {
    cameraFault.value =
      'Browsers give a camera only to pages opened by https or from localhost; open this page so.';
    return;
  }
  try {
    await loadOpenModel();
    const chosen = cameraId.value;
    stream.value = await navigator.mediaDevices.getUserMedia({
      video: {
        width: { ideal: 1280 },
        height: { ideal: 720 },
        ...(chosen === '' ? {} : { deviceId: { exact: chosen } }),
      },
    });
    await listCameras();
  } catch (error) {
    const { name, message } = error as Error;
    cameraFault.value = FAULTS[name] ?? `The camera does not start: ${message}.`;
  }
}

export function stopCamera(): void {
  for (const track of stream.value?.getTracks() ?? []) track.stop();
  stream.value = null;
  frameRate.value = 0;
}

/** Devices have names only once the camera was allowed. */
async function listCameras(): Promise<void> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  cameras.value = devices
    .filter(({ kind }) => kind === 'videoinput')
    .map(({ deviceId, label }, i) => ({ id: deviceId, label: label || `Camera ${i + 1}` }));
  const own = stream.value?.getVideoTracks()[0]?.getSettings().deviceId;
  if (own !== undefined) cameraId.value = own;
}

/** Judges frame after frame until the stream is another one. */
export async function watch(video: HTMLVideoElement, of: MediaStream): Promise<void> {
  let last = performance.now();
  for (let n = 1; stream.value === of; n++) {
    if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || document.hidden) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      continue;
    }
    try {
      await judgeFrame(video, `frame ${n}`);
    } catch (error) {
      cameraFault.value = (error as Error).message;
      stopCamera();
      return;
    }
    const now = performance.now();
    // a running mean over some frames: single ones jump
    const rate = 1000 / (now - last);
    frameRate.value = frameRate.value === 0 ? rate : 0.8 * frameRate.value + 0.2 * rate;
    last = now;
  }
}
