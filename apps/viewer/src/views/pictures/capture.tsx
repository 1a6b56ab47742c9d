import type { PictureKind } from '@pyramid-mamba/projects';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { CameraDevice } from '../../parts/cameraDevice.js';
import { attempting } from '../../state/engine.js';
import { cameraFault, startCamera, stopCamera, stream } from '../../state/live/camera.js';
import { add, usualProduct } from '../../state/project/intake.js';

const KEYS: Record<string, PictureKind> = { g: 'good', d: 'defective' };

async function frameOf(video: HTMLVideoElement): Promise<File> {
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  canvas.getContext('2d')!.drawImage(video, 0, 0);
  const time = new Date().toISOString().replace(/[:.]/g, '-');
  return new File([await canvas.convertToBlob({ type: 'image/png' })], `camera ${time}.png`, {
    type: 'image/png',
  });
}

/** The camera's picture, taken as a good or a defective one by a button or a key. */
export function Capture() {
  const video = useRef<HTMLVideoElement>(null);
  const source = stream.value;
  useEffect(() => {
    if (!video.current || !source) return;
    video.current.srcObject = source;
    video.current.play().catch(() => undefined);
  }, [source]);
  // at once: an effect's cleanup may run late, and then stop a camera started since
  useLayoutEffect(() => stopCamera, []);
  const take = (kind: PictureKind) =>
    void attempting('Nothing was captured', async () => {
      const element = video.current;
      if (!element || element.videoWidth === 0)
        throw new Error('the camera gives no picture yet; wait a moment');
      await add([{ file: await frameOf(element), product: usualProduct(), kind }]);
    });
  const taking = useRef(take);
  taking.current = take;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const kind = KEYS[event.key];
      const inField = (event.target as Element).closest('input, select, textarea, dialog') !== null;
      if (!kind || inField || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      taking.current(kind);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  return (
    <section class="capture card" aria-label="Camera">
      {cameraFault.value !== null && (
        <p class="fault" role="alert">
          {cameraFault.value}
        </p>
      )}
      {source && <video ref={video} muted playsInline aria-label="The camera’s picture" />}
      <div class="buttons">
        <button type="button" class="primary" disabled={!source} onClick={() => take('good')}>
          Capture a good one <kbd>G</kbd>
        </button>
        <button type="button" disabled={!source} onClick={() => take('defective')}>
          Capture a defective one <kbd>D</kbd>
        </button>
        <CameraDevice restart={() => void startCamera(null)} />
      </div>
    </section>
  );
}
