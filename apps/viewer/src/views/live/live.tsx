/** Not written yet. */
export function Live() {
  return <h1>Live</h1>;
}
