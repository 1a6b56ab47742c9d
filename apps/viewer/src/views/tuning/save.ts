import { readModelOfRun } from '../../state/opening.js';
import { notify, notifyError } from '../../state/notices.js';
import { model, run, thresholds } from '../../state/opened.js';
import { changing, content } from '../../state/project/open.js';

/** Keeps the current thresholds in the open project, for its current model. */
export async function keepThresholds(): Promise<void> {
  const by = content.peek()?.model;
  if (by === null || by === undefined) return;
  const list = Object.entries(thresholds.peek()).map(([product, calibration]) => ({
    product,
    calibration: { ...calibration, scoreRange: [...calibration.scoreRange] as [number, number] },
  }));
  await changing('The thresholds were not saved', (open) => open.setThresholds(by, list));
}

/** Writes a copy of the model file with the current thresholds, to a file of the user's choice or as a download. */
export async function saveIntoModel(): Promise<void> {
  const name = `${(run.value?.example ? 'example' : run.value?.name) || 'model'}.safetensors`;
  try {
    // never another open model: these are the run's thresholds
    const opened = await readModelOfRun();
    if (!opened) return;
    const { readModelInfo, withModelInfo, withThresholds } = await import('../../run/openable.js');
    const now = thresholds.value;
    const bytes = withModelInfo(opened.bytes, opened.name, (info) =>
      withThresholds(info, {
        ...info.calibration,
        ...Object.fromEntries(
          Object.entries(now).map(([key, one]) => [
            key,
            { ...one, scoreRange: [...one.scoreRange] as [number, number] },
          ]),
        ),
      }),
    );
    // not before the bytes are there: a browser empties the chosen file, so what cannot be saved must fail first
    const target = await picked(name);
    if (target) {
      const file = await target.createWritable();
      await file.write(bytes);
      await file.close();
    } else {
      download(bytes, name);
    }
    const saved = { ...opened, bytes, info: readModelInfo(bytes, opened.name).info };
    if (model.value === null || model.value === opened) model.value = saved;
    notify(
      'note',
      `${target?.name ?? name} has these thresholds (${Object.keys(now).join(', ')}); replace the run's model.safetensors with it to keep them`,
    );
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return;
    notifyError('The model file was not saved', error);
  }
}

/** The file of the user's choice; undefined in a browser without such a dialog, or where the click was too long ago to open one. */
async function picked(suggestedName: string): Promise<FileSystemFileHandle | undefined> {
  try {
    return await window.showSaveFilePicker?.({ suggestedName });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'SecurityError') return undefined;
    throw error;
  }
}

function download(bytes: Uint8Array<ArrayBuffer>, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
