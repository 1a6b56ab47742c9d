import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Failed, Working } from '../parts/states.js';

/** A view that is fetched when it is first shown, so that the first screen does not wait for it; shown again, it is there at once. */
export function later(load: () => Promise<ComponentType>): ComponentType {
  let found: ComponentType | undefined;
  return function Later() {
    const [fault, setFault] = useState<string | undefined>();
    const [, setFetched] = useState(found !== undefined);
    useEffect(() => {
      let gone = false;
      if (!found)
        load().then(
          (view) => {
            found = view;
            if (!gone) setFetched(true);
          },
          (error: unknown) => gone || setFault(error instanceof Error ? error.message : String(error)),
        );
      return () => {
        gone = true;
      };
    }, []);
    const View = found;
    if (View) return <View />;
    if (fault === undefined) return <Working>Opening …</Working>;
    return (
      <Failed
        title="This view was not fetched"
        actions={
          <button type="button" class="primary" onClick={() => location.reload()}>
            Reload the page
          </button>
        }
      >
        {fault}. The server that this page is from may be gone, or have another version of it now.
      </Failed>
    );
  };
}
