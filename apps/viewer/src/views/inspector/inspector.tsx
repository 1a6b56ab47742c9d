/** Not written yet. */
export function Inspector() {
  return <h1>Inspector</h1>;
}
