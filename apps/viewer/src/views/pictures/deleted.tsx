import { sizeOf, type Project } from '@pyramid-mamba/projects';
import { Confirm } from '../../parts/confirm.js';
import { sizeText } from '../../parts/size.js';
import { said } from '../../state/project/intake.js';
import { changing, locked } from '../../state/project/open.js';

const plural = (count: number, one: string) => `${count} deleted ${one}${count === 1 ? '' : 's'}`;

/** The deleted pictures and models, which a reload leaves without an undo: they take space until they are removed for good. */
export function Deleted({ now }: { now: Project }) {
  const pictures = [...now.pictures.values()].filter(({ deleted }) => deleted !== null).map(({ id }) => id);
  const models = [...now.models.values()].filter(({ deleted }) => deleted !== undefined).map(({ id }) => id);
  const all = pictures.length + models.length;
  if (all === 0 || locked.value !== null) return null;
  const count = [
    ...(pictures.length > 0 ? [plural(pictures.length, 'picture')] : []),
    ...(models.length > 0 ? [plural(models.length, 'model')] : []),
  ].join(' and ');
  const size = sizeText(sizeOf(now).deleted);
  const act = (what: string, done: string, work: Parameters<typeof changing>[1]) =>
    void changing(what, work).then((well) => well && (said.value = done));
  return (
    <p class="muted buttons" id="deleted">
      <span>
        {count}, {size}.
      </span>
      <button
        type="button"
        class="quiet"
        onClick={() =>
          act('Not restored', `${count} restored.`, async (open) => {
            if (pictures.length > 0) await open.restorePictures(pictures);
            if (models.length > 0) await open.restoreModels(models);
          })
        }
      >
        Restore {all === 1 ? 'it' : 'them'}
      </button>
      <Confirm
        label="Free the space …"
        question={`Remove ${count} for good? That frees ${size}. ${all === 1 ? 'It' : 'They'} cannot be brought back.`}
        yes="Remove for good"
        onYes={() => act('Not removed', `${count} removed for good.`, (open) => open.removeForGood())}
      />
    </p>
  );
}
