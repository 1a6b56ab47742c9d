/** Not written yet. */
export function Tuning() {
  return <h1>Tuning</h1>;
}
