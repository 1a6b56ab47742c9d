import { useRef, useState } from 'preact/hooks';
import { folder, reading, take } from './chosen.js';
import { LEAST_PICTURES, whyNot } from './goodFolder.js';
import { fromDrop, fromInput } from './readFolder.js';

/** The target for dropping or selecting a folder of good pictures, and its content. */
export function FolderPicker() {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  return (
    <section
      class={`folder-drop${over ? ' over' : ''}`}
      aria-label="Good pictures"
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        // handled here, so that the page does not open it
        event.preventDefault();
        setOver(false);
        if (event.dataTransfer) void take(fromDrop(event.dataTransfer));
      }}
    >
      <p>
        Drop a folder of at least {LEAST_PICTURES} good pictures here, or{' '}
        <button type="button" class={folder.value ? '' : 'primary'} onClick={() => input.current?.click()}>
          Choose a folder …
        </button>
        <input
          ref={(element) => {
            input.current = element;
            if (element) element.webkitdirectory = true;
          }}
          id="train-folder"
          type="file"
          multiple
          hidden
          aria-label="Folder of good pictures"
          onChange={(event) => {
            void take(Promise.resolve(fromInput([...(event.currentTarget.files ?? [])])));
            event.currentTarget.value = '';
          }}
        />
      </p>
      <p class="muted">
        One sub-folder per product, or one folder for one product. Defects are not needed: the model learns
        what good looks like. Nothing leaves this browser.
      </p>
      {reading.value && <p role="status">Reading the folder …</p>}
      <Found />
    </section>
  );
}

function Found() {
  const found = folder.value;
  if (!found) return null;
  const problem = whyNot(found.products);
  return (
    <div role="status">
      {found.products.length > 0 && (
        <ul class="products">
          {found.products.map(({ name, pictures }) => (
            <li key={name}>
              <strong>{name}</strong>: {pictures.length} good {pictures.length === 1 ? 'picture' : 'pictures'}
            </li>
          ))}
        </ul>
      )}
      {found.left.map((text) => (
        <p key={text} class="muted">
          {text}
        </p>
      ))}
      {problem !== null && <p class="fault">{problem}</p>}
    </div>
  );
}
