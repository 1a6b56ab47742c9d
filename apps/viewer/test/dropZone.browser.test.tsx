import { render } from 'preact';
import { afterEach, expect, test } from 'vitest';
import { DropZone } from '../src/parts/dropZone.js';

const place = document.createElement('main');
afterEach(() => {
  render(null, place);
  place.remove();
});

/** Tells an element of a drag of files; resolves to whether the page takes it. */
function drag(name: 'dragenter' | 'dragover' | 'dragleave', on: Element): boolean {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([''], 'a.png', { type: 'image/png' }));
  return !on.dispatchEvent(new DragEvent(name, { bubbles: true, cancelable: true, dataTransfer }));
}

test('the hint of a drag disappears when the drag leaves, also where the element below it was removed meanwhile', async () => {
  document.body.append(place);
  render(
    <>
      <p>below the pointer</p>
      <DropZone />
    </>,
    place,
  );
  const below = place.querySelector('p')!;
  const shown = () => place.querySelector('.drop-zone') !== null;
  // effects run after the first frame
  await expect.poll(() => drag('dragenter', below)).toBe(true);
  await expect.poll(shown).toBe(true);
  below.remove();
  drag('dragleave', below);
  await expect.poll(shown, { timeout: 3000 }).toBe(false);

  // one that rests keeps it
  for (let i = 0; i < 4; i++) {
    expect(drag('dragover', place)).toBe(true);
    await new Promise((done) => setTimeout(done, 350));
    expect(shown()).toBe(true);
  }
});
