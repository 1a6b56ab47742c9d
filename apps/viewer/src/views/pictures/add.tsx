import { Camera, FolderPlus, ImagePlus } from 'lucide';
import type { PictureKind } from '@pyramid-mamba/projects';
import { useRef } from 'preact/hooks';
import { fromInput, looseFiles, type ReadFolder } from '../../folders/readFolder.js';
import { Icon } from '../../parts/icon.js';

/** Pictures that browsers read. */
export const ACCEPT = 'image/png,image/jpeg,image/webp,image/bmp,image/gif';

/** Buttons for files, a folder and the camera. */
export function Add({
  take,
  camera,
  primary = false,
}: {
  take: (read: ReadFolder) => Promise<void>;
  /** Opens or closes the camera; absent where there is none. */
  camera?: { readonly running: boolean; readonly toggle: () => void };
  primary?: boolean;
}) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" class={primary ? 'primary' : ''} onClick={() => files.current?.click()}>
        <Icon of={ImagePlus} />
        Choose pictures …
      </button>
      <button type="button" onClick={() => folder.current?.click()}>
        <Icon of={FolderPlus} />
        Choose a folder …
      </button>
      {camera && (
        <button type="button" aria-pressed={camera.running} onClick={camera.toggle}>
          <Icon of={Camera} />
          {camera.running ? 'Close the camera' : 'Use the camera'}
        </button>
      )}
      <input
        ref={files}
        id="add-pictures"
        type="file"
        multiple
        hidden
        accept={ACCEPT}
        aria-label="Pictures to add"
        onChange={(event) => {
          const chosen = [...(event.currentTarget.files ?? [])];
          event.currentTarget.value = '';
          if (chosen.length > 0) void take(looseFiles(chosen));
        }}
      />
      <input
        ref={(element) => {
          folder.current = element;
          if (element) element.webkitdirectory = true;
        }}
        id="add-folder"
        type="file"
        multiple
        hidden
        aria-label="Folder of pictures to add"
        onChange={(event) => {
          const read = fromInput([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = '';
          if (read) void take(read);
        }}
      />
    </>
  );
}

/** What the buttons add where folders say nothing. */
export type As = PictureKind | null;
