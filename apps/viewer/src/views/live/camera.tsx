import { useEffect, useRef } from 'preact/hooks';
import { failCamera, watch } from '../../state/live/camera.js';
import { trigger } from '../../state/live/trigger.js';

/**
 * Plays the camera, hidden while each frame is judged: the page shows the last judged one, so that heat map and picture match. With a trigger it is
 * seen, beside the picture that was judged last.
 */
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
  // a picture at a time: one sees what is taken before it is
  const seen = trigger.value !== 'always';
  return (
    <video
      ref={video}
      class={seen ? 'camera preview' : 'camera'}
      muted
      playsInline
      aria-hidden={seen ? undefined : 'true'}
      aria-label={seen ? 'The camera’s picture' : undefined}
    />
  );
}
