// Detects an annotation program's export: lists of known names, folders of text files, and files beside pictures.
import { open } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { nfc } from '../../../names/fold.js';
import { isAnnotationList } from '../../../names/nameRules.js';
import { namesAnnotations, namesSplit, roleOf } from '../../../names/roles.js';
import type { Tree } from '../reading/tree.js';

/** Maximum number of sidecar files to examine. */
const MOST_READ = 50;
const HEAD = 4096;

const YOLO_LINE = /^\d+( -?[\d.]+(e-?\d+)?){4,}\s*$/i;

/** Whether a text beside a picture is an annotation of it (labelme, VOC, YOLO, Label Studio) and not a camera's record. */
export function isAnnotation(name: string, text: string): boolean {
  const suffix = parse(name).ext.toLowerCase();
  if (suffix === '.json') return /"(shapes|annotations|objects|bbox|polygon|segmentation)"\s*:/.test(text);
  if (suffix === '.xml') return /<annotation[\s>]/.test(text);
  if (suffix !== '.txt') return false;
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  return lines.length > 0 && YOLO_LINE.test(lines[0]!);
}

async function headOf(path: string): Promise<string> {
  const handle = await open(path, 'r').catch(() => undefined);
  if (!handle) return '';
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD), 0, HEAD, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } catch {
    return '';
  } finally {
    await handle.close();
  }
}

/** The first annotation beside a picture of the same name. */
async function sidecar(tree: Tree, folder: string): Promise<string | undefined> {
  const stems = new Set((await tree.pictures(folder)).map(({ stem }) => stem));
  const files = (await tree.list(folder))?.files ?? [];
  const beside = files.filter((name) => /\.(json|xml|txt)$/i.test(name) && stems.has(nfc(parse(name).name)));
  for (const name of beside.slice(0, MOST_READ)) {
    const path = join(folder, name);
    if (isAnnotation(name, await headOf(path))) return path;
  }
  return undefined;
}

/** The list or annotation that identifies a folder as an export. */
async function signIn(tree: Tree, folder: string): Promise<string | undefined> {
  const files = (await tree.list(folder))?.files ?? [];
  const list = files.find((name) => isAnnotationList(name));
  return list === undefined ? sidecar(tree, folder) : join(folder, list);
}

/** Whether a folder of annotations holds any, as text or as pictures. */
async function isUsed(tree: Tree, folder: string, depth = 2): Promise<boolean> {
  const listing = await tree.list(folder);
  if (!listing) return false;
  if (listing.files.some((name) => /\.(txt|xml|json)$/i.test(name))) return true;
  if (depth === 0) return false;
  for (const name of listing.folders) if (await isUsed(tree, join(folder, name), depth - 1)) return true;
  return false;
}

/**
 * The evidence that pictures in a folder come from an annotation export: the path of a list, of an annotation beside a
 * picture, or of a folder of annotations, in the folder itself, in its folders of pictures and in its splits. Undefined
 * without evidence.
 */
export async function findAnnotations(tree: Tree, folder: string): Promise<string | undefined> {
  const found = await signIn(tree, folder);
  if (found !== undefined) return found;
  const folders = await tree.folders(folder);
  for (const name of folders) {
    const path = join(folder, name);
    if (namesAnnotations(name) && (await isUsed(tree, path))) return path;
  }
  for (const name of folders) {
    const path = join(folder, name);
    const split = namesSplit(name);
    if (split === undefined && roleOf(name).content !== 'pictures') continue;
    const inside = split === undefined ? await signIn(tree, path) : await findAnnotations(tree, path);
    if (inside !== undefined) return inside;
    // the two halves of `train/images` with `train/masks`, and of `images/train` with `masks/train`
    if (split === undefined) continue;
    const halves = (await tree.folders(path)).map((half) => roleOf(half).content);
    if (halves.includes('pictures') && halves.includes('masks')) return path;
  }
  const splitPictures = folders.filter((name) => roleOf(name).content === 'pictures');
  const splitMasks = folders.filter((name) => roleOf(name).content === 'masks');
  if (splitPictures.length > 0 && splitMasks.length > 0) {
    for (const name of splitMasks) {
      if ((await tree.folders(join(folder, name))).some((one) => namesSplit(one) !== undefined))
        return join(folder, name);
    }
  }
  return undefined;
}
