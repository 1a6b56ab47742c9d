import { useRef } from 'preact/hooks';
import { fromInput } from '../../folders/readFolder.js';
import { CameraDevice } from '../../parts/cameraDevice.js';
import { cameraFault, frameRate, startCamera, stopCamera, stream } from '../../state/live/camera.js';
import { attempting } from '../../state/engine.js';
import { trigger } from '../../state/live/trigger.js';
import { takePictures } from '../../state/opening.js';
import { judgeAndKeep } from '../../state/project/verdicts.js';
import { TriggerChoice } from './trigger.js';

/** The sources of pictures. */
export function Sources() {
  const input = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
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
        <button type="button" onClick={() => folder.current?.click()}>
          Folder …
        </button>
        <input
          ref={(element) => {
            folder.current = element;
            if (element) element.webkitdirectory = true;
          }}
          id="live-folder"
          type="file"
          multiple
          hidden
          aria-label="Folder of pictures to judge"
          onChange={(event) => {
            const read = fromInput([...(event.currentTarget.files ?? [])]);
            event.currentTarget.value = '';
            if (read) void attempting('The folder was not judged', () => takePictures(read));
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
      <TriggerChoice />
      {(!running || trigger.value === 'always') && (
        <p class="muted" role="status">
          {running
            ? `${frameRate.value.toFixed(1)} frames per second`
            : 'or drop pictures anywhere on the page, or paste one'}
        </p>
      )}
      {cameraFault.value !== null && (
        <p class="fault" role="alert">
          {cameraFault.value}
        </p>
      )}
    </div>
  );
}
