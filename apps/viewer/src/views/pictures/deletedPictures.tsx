import { sizeOf, type Project } from '@pyramid-mamba/projects';
import { Confirm } from '../../parts/confirm.js';
import { sizeText } from '../../parts/size.js';
import { said } from '../../state/project/intake.js';
import { changing, locked } from '../../state/project/open.js';

/** The deleted pictures, which a reload leaves without an undo: they take space until they are removed for good. */
export function DeletedPictures({ now }: { now: Project }) {
  const ids = [...now.pictures.values()].filter(({ deleted }) => deleted !== null).map(({ id }) => id);
  if (ids.length === 0 || locked.value !== null) return null;
  const count = ids.length === 1 ? '1 deleted picture' : `${ids.length} deleted pictures`;
  const act = (what: string, done: string, work: Parameters<typeof changing>[1]) =>
    void changing(what, work).then((well) => well && (said.value = done));
  return (
    <p class="muted buttons" id="deleted">
      <span>
        {count}, {sizeText(sizeOf(now).deleted)}.
      </span>
      <button
        type="button"
        class="quiet"
        onClick={() => act('Not restored', `${count} restored.`, (open) => open.restorePictures(ids))}
      >
        Restore {ids.length === 1 ? 'it' : 'them'}
      </button>
      <Confirm
        label="Free the space …"
        question={`Remove ${count} for good? ${ids.length === 1 ? 'It' : 'They'} cannot be brought back.`}
        yes="Remove for good"
        onYes={() => act('Not removed', `${count} removed for good.`, (open) => open.removeForGood())}
      />
    </p>
  );
}
