import { visibleLine } from './visible.js';

/** Every character that may be special in Markdown, including GitHub's. */
const SIGNS = /[!-/:-@[-`{-~]/g;
/** Characters that need no escape unless their context makes them special. */
const HARMLESS = /^[\w ,;%()'–—−·+/]*(?:[.-][\w ,;%()'–—−·+/]+)*$/u;

/** Text escaped for Markdown, including table cells: it cannot become a link, picture, HTML or column. */
export function plain(text: string): string {
  const line = visibleLine(text);
  return HARMLESS.test(line) && !/^\s|www\.|^[\d+-]+[.)\s-]/i.test(line) ? line : line.replace(SIGNS, '\\$&');
}

/** Text as inline code, without backticks inside. */
export const asCode = (text: string): string => `\`${visibleLine(text).replaceAll('`', "'")}\``;
