import type { PictureKind } from '@pyramid-mamba/projects';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Choice } from '../../parts/choice.js';
import { CameraDevice } from '../../parts/cameraDevice.js';
import { attempting } from '../../state/engine.js';
import { cameraFault, startCamera, stopCamera, stream } from '../../state/live/camera.js';
import { fileOf } from '../../state/live/cameraShot.js';
import { add, usualProduct } from '../../state/project/intake.js';
import { content } from '../../state/project/open.js';

const KEYS: Record<string, PictureKind> = { g: 'good', d: 'defective' };

/** The camera's picture, taken as a good or a defective one by a button or a key. */
export function Capture() {
  const video = useRef<HTMLVideoElement>(null);
  const source = stream.value;
  const products = [...(content.value?.products.keys() ?? [])];
  const [chosen, setChosen] = useState('');
  const product = products.includes(chosen) ? chosen : usualProduct();
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
      await add([{ file: await fileOf(element), product, kind }]);
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
        {products.length > 1 && (
          <Choice
            label="Product"
            value={product}
            options={products.map((name) => [name, name] as const)}
            onChange={setChosen}
          />
        )}
        <CameraDevice restart={() => void startCamera(null)} />
      </div>
    </section>
  );
}
