/** Not written yet. */
export function Train() {
  return <h1>Train</h1>;
}
