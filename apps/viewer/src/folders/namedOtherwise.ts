// Pictures among good ones that are defective, masks or of unknown label, by the names of files alone, as the command line
// tells them. The page reads no masks and no annotations, so pictures that have them are not trained on.
import { defectiveByName, isAnnotationList, maskedStem, namesAnnotations, roleOf } from '@pyramid-mamba/data';

const ANNOTATION = /\.(json|xml|txt)$/i;
const ARRANGE = 'put the good ones into good/';
const EXPORTED = `annotations lie beside them, which do not state which pictures are good; ${ARRANGE} without the annotations, if all are good remove these`;
const BY_MASKS = `the masks beside them state which are good, and this page does not read masks; ${ARRANGE}`;

export const THEY_ARE_MASKS = 'they are masks, not pictures';
export const NAMED_DEFECTIVE =
  'they are named like defective pictures; put the defective ones into bad/ and the others into good/, or rename them';

const stemOf = (name: string) => name.replace(/^(.+)\.[^.]*$/, '$1');

/** What the names in one folder say. */
interface Names {
  stems: Set<string>;
  /** Stems of pictures named like defective ones; empty if all are. */
  defective: ReadonlySet<string>;
  hasMasks: boolean;
  annotated: boolean;
}

/**
 * The reason why a picture is not trained on, or undefined, by its path in parts and whether it lies in a folder for good ones.
 * `name` is the folder's; `files` and `pictures` are paths below it, joined by '/'.
 */
export function namedOtherwise(
  name: string,
  files: readonly string[],
  pictures: readonly string[],
): (parts: readonly string[], isInGood: boolean) => string | undefined {
  const folders = new Map<string, Names>();
  const namesIn = (folder: string): Names => {
    const names = folders.get(folder);
    if (names) return names;
    const made = {
      stems: new Set<string>(),
      defective: new Set<string>(),
      hasMasks: false,
      annotated: false,
    };
    folders.set(folder, made);
    return made;
  };
  const split = (path: string) => {
    const parts = path.split('/');
    return { parts, folder: parts.slice(0, -1).join('/'), file: parts.at(-1)! };
  };
  for (const path of pictures) {
    const { parts, folder, file } = split(path);
    namesIn(folder).stems.add(stemOf(file));
    if (roleOf(parts.at(-2) ?? '').content === 'masks') namesIn(parts.slice(0, -2).join('/')).hasMasks = true;
  }
  for (const names of folders.values()) {
    const stems = [...names.stems].filter((stem) => maskedStem(stem, names.stems) === undefined);
    if (stems.length < names.stems.size) names.hasMasks = true;
    const defective = defectiveByName(stems);
    if (defective.size < stems.length) names.defective = defective;
  }
  for (const path of files) {
    const { parts, folder, file } = split(path);
    const isBeside = ANNOTATION.test(file) && folders.get(folder)?.stems.has(stemOf(file)) === true;
    if (isAnnotationList(file) || isBeside) namesIn(folder).annotated = true;
    if (ANNOTATION.test(file) && parts.length > 1 && namesAnnotations(parts.at(-2)!))
      namesIn(parts.slice(0, -2).join('/')).annotated = true;
  }
  const { content } = roleOf(name);

  return (parts, isInGood) => {
    if (parts.length === 1 && (content === 'bad' || content === 'kind'))
      return 'the folder has the name of defective pictures; choose the folder that contains good/, or rename it';
    if (parts.length === 1 && content === 'masks')
      return 'the folder has the name of masks or annotations; choose the folder that contains good/, or rename it';
    const names = folders.get(parts.slice(0, -1).join('/'))!;
    const stem = stemOf(parts.at(-1)!);
    if (maskedStem(stem, names.stems) !== undefined) return THEY_ARE_MASKS;
    // what lies beside the pictures of good/ does not question them
    const above = isInGood ? parts.slice(0, -1) : parts;
    if (above.some((_, i) => folders.get(parts.slice(0, i).join('/'))?.annotated)) return EXPORTED;
    if (isInGood) return undefined;
    if (names.hasMasks) return BY_MASKS;
    return names.defective.has(stem) ? NAMED_DEFECTIVE : undefined;
  };
}
