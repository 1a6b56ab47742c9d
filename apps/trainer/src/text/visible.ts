/* eslint-disable no-control-regex -- these are the characters it is about */
/**
 * What a terminal would obey rather than show: control characters, and marks that turn the direction of what follows. Names of files and
 * classes are somebody else's, and must not move the cursor, hide a word or show a verdict that nobody gave.
 */
const OBEYED =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;

const code = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Text for a terminal: what it would obey is written as `\u001b`, which JSON reads as the same character. Lines and tabs stay. */
export const visible = (text: string): string => text.replace(OBEYED, code);

/** The same on one line. */
export const visibleLine = (text: string): string => text.replace(OBEYED, code).replace(/[\n\t]/g, ' ');
