import { visibleLine } from './visible.js';

/** Every sign that may mean something to a reader of Markdown, GitHub's among them. */
const SIGNS = /[!-/:-@[-`{-~]/g;
/** What needs no escape where nothing around it makes it mean something. */
const HARMLESS = /^[\w ,;%()'–—−·+/]*(?:[.-][\w ,;%()'–—−·+/]+)*$/u;

/** Text that stands in Markdown, also in a cell of a table, as it is: no link, picture, HTML or column is made of it. */
export function plain(text: string): string {
  const line = visibleLine(text);
  return HARMLESS.test(line) && !/^\s|www\.|^[\d+-]+[.)\s-]/i.test(line) ? line : line.replace(SIGNS, '\\$&');
}

/** Text as code, which ends where it should. */
export const asCode = (text: string): string => `\`${visibleLine(text).replaceAll('`', "'")}\``;
