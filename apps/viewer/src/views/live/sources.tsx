import { useRef } from 'preact/hooks';
import { CameraDevice } from '../../parts/cameraDevice.js';
import { cameraFault, frameRate, startCamera, stopCamera, stream } from '../../state/live/camera.js';
import { judgeAndKeep } from '../../state/project/verdicts.js';

/** The sources of pictures. */
export function Sources() {
  const input = useRef<HTMLInputElement>(null);
  const running = stream.value !== null;
  return (
    <div class="sources">
      <div class="buttons">
        <button type="button" class="primary" onClick={() => input.current?.click()}>
          Pictures …
        </button>
        <input
          ref={input}
          id="live-files"
          type="file"
          multiple
          hidden
          accept="image/png,image/jpeg,image/webp,image/bmp,image/gif"
          aria-label="Pictures to judge"
          onChange={(event) => {
            void judgeAndKeep([...(event.currentTarget.files ?? [])]);
            event.currentTarget.value = '';
          }}
        />
        <button
          type="button"
          aria-pressed={running}
          onClick={() => (running ? stopCamera() : void startCamera())}
        >
          {running ? 'Stop the camera' : 'Camera'}
        </button>
        <CameraDevice restart={() => void startCamera()} />
      </div>
      <p class="muted" role="status">
        {running
          ? `${frameRate.value.toFixed(1)} frames per second`
          : 'or drop pictures anywhere on the page, or paste one'}
      </p>
      {cameraFault.value !== null && (
        <p class="fault" role="alert">
          {cameraFault.value}
        </p>
      )}
    </div>
  );
}
