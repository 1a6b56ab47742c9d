import { currentModel, modelsOf, type ModelEntry } from '@pyramid-mamba/projects';
import { Confirm } from '../../parts/confirm.js';
import { sizeText } from '../../parts/size.js';
import { changing, content, locked, undo, undoable } from '../../state/project/open.js';
import { busy } from '../../state/training.js';
import { Deleted } from '../pictures/deleted.js';

const when = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });
const nameOf = ({ created, method, name }: ModelEntry) =>
  `${when.format(new Date(created))}, ${method === '' ? name : method}`;

const remove = (ids: readonly string[]) => void changing('Not deleted', (open) => open.deleteModels(ids));

/** What deleting models frees, and what is lost with them. */
function question(models: readonly ModelEntry[]): string {
  const bytes = sizeText(models.reduce((sum, one) => sum + one.bytes, 0));
  const [one] = models;
  const what = models.length === 1 ? `the model of ${nameOf(one!)}` : `${models.length} models`;
  return `Delete ${what}? Thresholds that were set for ${models.length === 1 ? 'it' : 'them'} go, too. That frees ${bytes} once it is removed for good; until then it can be restored.`;
}

/** The models that the project keeps: an earlier one is used again, or deleted; never the one in use. */
export function Models() {
  const now = content.value;
  const all = now ? modelsOf(now).reverse() : [];
  const deleted = [...(now?.models.values() ?? [])].some((one) => one.deleted !== undefined);
  if (!now || (all.length < 2 && !deleted)) return null;
  const current = currentModel(now);
  const others = all.filter((one) => one !== current);
  const disabled = locked.value !== null;
  return (
    <section class="models" aria-labelledby="models" id="models-kept">
      <h2 id="models">Models of this project</h2>
      <div class="scrolls">
        <table>
          <thead>
            <tr>
              <th scope="col">Model</th>
              <th scope="col">Size</th>
              <th scope="col">Use</th>
              <th scope="col">Space</th>
            </tr>
          </thead>
          <tbody>
            {all.map((entry) => (
              <tr key={entry.id}>
                <th scope="row">{nameOf(entry)}</th>
                <td>{sizeText(entry.bytes)}</td>
                {entry === current ? (
                  <td colSpan={2}>in use</td>
                ) : (
                  <>
                    <td>
                      <button
                        type="button"
                        disabled={disabled || busy.value}
                        aria-label={`Use it: the model of ${nameOf(entry)}`}
                        onClick={() => void changing('The model stays', (open) => open.useModel(entry.id))}
                      >
                        Use it
                      </button>
                    </td>
                    <td>
                      <Confirm
                        label="Delete …"
                        question={question([entry])}
                        yes="Delete it"
                        disabled={disabled}
                        onYes={() => remove([entry.id])}
                      />
                    </td>
                  </>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="buttons">
        {others.length > 1 && (
          <Confirm
            label="Delete all but the one in use …"
            question={question(others)}
            yes="Delete them"
            no="Keep them"
            disabled={disabled}
            onYes={() => remove(others.map(({ id }) => id))}
          />
        )}
        {undoable.value !== null && / models?$/.test(undoable.value) && (
          <button type="button" class="quiet" onClick={() => void undo()}>
            Undo {undoable.value}
          </button>
        )}
      </p>
      <Deleted now={now} />
    </section>
  );
}
