import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FormatError, readSafetensors, type HostTensor } from '@pyramid-mamba/model';
import { z } from 'zod';

const tensorSchema = z.object({ name: z.string(), shape: z.array(z.number()), layout: z.string().nullish() });
const manifestSchema = z.object({
  cases: z.array(
    z.object({
      file: z.string(),
      case: z.string(),
      kind: z.string().optional(),
      doc: z.string(),
      hyper: z.record(z.string(), z.unknown()),
      tolerance: z.object({ rel_to_max: z.number() }),
      expected_values: z.record(z.string(), z.unknown()).nullish(),
      note: z.string().nullish(),
      tensors: z.array(tensorSchema),
    }),
  ),
});

/** One case: inputs, expected outputs and tolerances. */
export interface GoldenCase {
  readonly name: string;
  readonly doc: string;
  readonly hyper: Readonly<Record<string, unknown>>;
  /** Largest error relative to a tensor's largest magnitude. */
  readonly tolerance: number;
  readonly expected: Readonly<Record<string, unknown>>;
  readonly tensors: ReadonlyMap<string, HostTensor>;
  /** Axis letters by tensor, e.g. NCHW. */
  readonly layouts: ReadonlyMap<string, string>;
  /** Gradients that are zero in exact arithmetic: compared with an absolute tolerance. */
  readonly zeroGradients: ReadonlySet<string>;
}

/** A case as in the manifest; `load` reads its file. */
export interface GoldenEntry {
  readonly name: string;
  /** What the case tests, where the manifest says it. */
  readonly kind?: string | undefined;
  load(): GoldenCase;
}

/** The cases of a directory, in the manifest's order; a schedule file beside the manifest is a separate case. */
export function openDirectory(directory: string): GoldenEntry[] {
  const manifest = manifestSchema.parse(JSON.parse(readText(join(directory, 'manifest.json'))));
  const entries: GoldenEntry[] = manifest.cases.map((c) => ({
    name: c.case,
    kind: c.kind,
    load: () => ({
      name: c.case,
      doc: c.doc,
      hyper: c.hyper,
      tolerance: c.tolerance.rel_to_max,
      expected: c.expected_values ?? {},
      tensors: readSafetensors(readFileSync(join(directory, c.file)), c.file).tensors,
      layouts: new Map(c.tensors.map((t) => [t.name, t.layout ?? ''])),
      zeroGradients: new Set(c.note?.includes('analytically zero') ? c.note.match(/grad_[\w.]+/g) : []),
    }),
  }));
  const schedule = readOptional(join(directory, 'lr_schedule.json'));
  if (schedule !== undefined)
    entries.push({
      name: 'lr_schedule',
      load: () => ({
        name: 'lr_schedule',
        doc: '',
        hyper: JSON.parse(schedule) as Record<string, unknown>,
        tolerance: 1e-12,
        expected: {},
        tensors: new Map(),
        layouts: new Map(),
        zeroGradients: new Set(),
      }),
    });
  return entries;
}

function readText(path: string): string {
  const text = readOptional(path);
  if (text === undefined)
    throw new FormatError(
      `${path} does not exist; pass a directory of golden vectors, with a manifest.json.`,
    );
  return text;
}

function readOptional(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
