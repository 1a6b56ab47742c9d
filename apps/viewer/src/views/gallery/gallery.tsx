/** Not written yet. */
export function Gallery() {
  return <h1>Gallery</h1>;
}
