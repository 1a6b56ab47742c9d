import { cameraId, cameras } from '../state/live/camera.js';

/** Chooses among the cameras, where there are several; `restart` starts the one chosen. */
export function CameraDevice({ restart }: { restart: () => void }) {
  if (cameras.value.length < 2) return null;
  return (
    <label class="choice">
      <span>Device</span>
      <select
        value={cameraId.value}
        onChange={(event) => {
          cameraId.value = event.currentTarget.value;
          restart();
        }}
      >
        {cameras.value.map(({ id, label }) => (
          <option key={id} value={id}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}
