import { useEffect, useRef } from 'preact/hooks';
import { failCamera, watch } from '../../state/camera.js';

/** Plays the camera out of sight; what is seen is the last frame that was judged, so that heat map and picture belong together. */
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
