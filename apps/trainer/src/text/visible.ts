/* eslint-disable no-control-regex -- these are the characters it is about */
/**
 * Characters that control a terminal: control characters and direction marks. Names of files and classes are untrusted and must
 * not move the cursor, hide a word or show a false verdict.
 */
const OBEYED =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;

const code = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Text for a terminal: control characters are escaped like `\u001b`, which JSON reads as the same character. Line ends and tabs stay. */
export const visible = (text: string): string => text.replace(OBEYED, code);

/** The same on one line. */
export const visibleLine = (text: string): string => text.replace(OBEYED, code).replace(/[\n\t]/g, ' ');
