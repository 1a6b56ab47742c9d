import { useEffect, useState } from 'preact/hooks';
import { thumbnail, type Pictured } from '../../picture/thumbnails.js';

export interface Thumbnail {
  /** For an `<img>`; undefined while it is made. */
  readonly url: string | undefined;
  /** Why there is none, a sentence. */
  readonly fault: string | undefined;
}

/** The thumbnail of a picture that is in view. */
export function useThumbnail(item: Pictured): Thumbnail {
  const [found, setFound] = useState<{ of: Pictured; url?: string; fault?: string }>({ of: item });
  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    thumbnail(item, signal).then(
      (url) => signal.aborted || setFound({ of: item, url }),
      (error: unknown) =>
        signal.aborted ||
        setFound({ of: item, fault: error instanceof Error ? error.message : String(error) }),
    );
    return () => stop.abort();
  }, [item]);
  const own = found.of === item;
  return { url: own ? found.url : undefined, fault: own ? found.fault : undefined };
}
