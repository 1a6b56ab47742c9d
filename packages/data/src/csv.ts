/** A cell that a spreadsheet would read as a formula, also after spaces or with full-width signs. */
const FORMULA = /^[\s\u00a0\u3000\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/;

/** Numbers are unchanged; text that a spreadsheet would compute gets a leading apostrophe. */
function text(cell: string | number | null): string {
  if (cell === null) return '';
  return typeof cell === 'string' && FORMULA.test(cell) ? `'${cell}` : String(cell);
}

const quoted = (cell: string) => (/[",;\t\n\r]|^'/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** Lines of comma-separated values, quoted where needed (RFC 4180); no cell is a formula. */
export function csv(rows: readonly (readonly (string | number | null)[])[]): string {
  return rows.map((cells) => `${cells.map((cell) => quoted(text(cell))).join(',')}\r\n`).join('');
}
