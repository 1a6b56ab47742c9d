import { useEffect, useRef } from 'preact/hooks';
import { failCamera, watch } from '../../state/live/camera.js';

/** Plays the camera in a hidden element; the page shows the last judged frame, so that heat map and picture match. */
export function Camera({ stream }: { stream: MediaStream }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current!;
    element.srcObject = stream;
    element.play().then(
      () => watch(element, stream),
      (error: unknown) => failCamera(stream, error),
    );
    return () => {
      element.srcObject = null;
    };
  }, [stream]);
  return <video ref={video} class="camera" muted playsInline aria-hidden="true" />;
}
