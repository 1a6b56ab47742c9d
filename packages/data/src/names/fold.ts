/** A name normalised for comparison: the same letters may be stored in several forms (NFC, NFD). */
export const nfc = (name: string): string => name.normalize('NFC');

const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ı: 'i',
  æ: 'ae',
  œ: 'oe',
};

/** Lower case, without accents: `Défaut` and `DEFAUT` become `defaut`; full-width letters become plain ones. */
const plainLetters = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase()
    .replace(/\p{Mn}|[ßøłđıæœ]/gu, (letter) => LETTERS[letter] ?? '')
    .normalize('NFC');

/** The words of a name, folded: `NotOK_parts-01` gives `not`, `ok`, `parts`, `01`. */
export function wordsOf(name: string): string[] {
  const apart = nfc(name)
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{L})(\p{N})/gu, '$1 $2')
    .replace(/(\p{N})(\p{L})/gu, '$1 $2');
  return plainLetters(apart)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

/** A name without accents, case and separators: `n.i.O.`, `NIO` and `n i o` give `nio`. */
export const fold = (name: string): string => plainLetters(name).replace(/[^\p{L}\p{N}]+/gu, '');
