import { MIB, MOST, readComparison, type ComparisonFile } from '@pyramid-mamba/runs';

/** Reads a comparison of methods. Rejects with a sentence for a file that is larger than any, before reading it, and for anything else. */
export async function comparisonOf(file: Blob, name: string): Promise<ComparisonFile> {
  if (file.size > MOST.json)
    throw new Error(
      `${name} has ${Math.ceil(file.size / MIB)} MiB, more than the ${MOST.json / MIB} MiB that a comparison may have; choose the compare.json of pyramid-mamba compare`,
    );
  return readComparison(await file.text(), name);
}
