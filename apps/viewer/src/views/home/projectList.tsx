import type { ProjectCard } from '@pyramid-mamba/projects';
import { useRef, useState } from 'preact/hooks';
import { Confirm } from '../../parts/confirm.js';
import { sizeText } from '../../parts/size.js';
import { goToProject } from '../../state/address/route.js';
import { attempting } from '../../state/engine.js';
import { saveProject } from '../../state/project/sharing.js';
import { cards, deleted, listProjects, project, projects } from '../../state/project/open.js';
import { SpaceLine } from './space.js';

const when = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

/** A name for a file, of letters that every system accepts. */
const fileName = (name: string): string => `${name.replace(/[^\p{L}\p{N} _-]+/gu, '-')}.pmproject`;

/** The projects of this browser: opened, copied, deleted, exported and imported. */
export function ProjectList() {
  const [doing, setDoing] = useState<string | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const act = (what: string, fault: string, work: () => Promise<unknown>) => {
    setDoing(what);
    void attempting(fault, work)
      .then(() => listProjects())
      .catch(() => undefined)
      .finally(() => setDoing(null));
  };
  const importFile = (file: File) =>
    act(`Importing ${file.name} …`, `${file.name} was not imported`, async () => {
      goToProject(await (await projects()).import(file, file.name.replace(/\.pmproject$/i, '')), 'pictures');
    });
  return (
    <section class="projects" aria-label="Your projects">
      <div class="projects-bar">
        <h2>Your projects</h2>
        <button type="button" disabled={doing !== null} onClick={() => input.current?.click()}>
          Import a project …
        </button>
        <input
          ref={input}
          id="import-project"
          type="file"
          hidden
          accept=".pmproject"
          aria-label="Project to import"
          onChange={(event) => {
            const [file] = event.currentTarget.files ?? [];
            event.currentTarget.value = '';
            if (file) importFile(file);
          }}
        />
      </div>
      {cards.value.length === 0 && (
        <p class="muted">None in this browser yet. The first pictures make one.</p>
      )}
      <ul>
        {cards.value.map((card) => (
          <li key={card.id} class="card">
            <Project card={card} busy={doing !== null} act={act} />
          </li>
        ))}
      </ul>
      <SpaceLine />
      <p role="status">{doing}</p>
      {deleted.value.map(({ id, name }) => (
        <p key={id} class="muted">
          {name} was deleted.{' '}
          <button
            type="button"
            onClick={() =>
              act(`Restoring ${name} …`, `${name} was not restored`, async () =>
                (await projects()).restore(id),
              )
            }
          >
            Undo
          </button>{' '}
          <Confirm
            label="Remove for good …"
            question={`Remove ${name} with its pictures and models? It cannot be brought back.`}
            yes="Remove it"
            onYes={() =>
              act(`Removing ${name} …`, `${name} was not removed`, async () =>
                (await projects()).removeForGood([id]),
              )
            }
          />
        </p>
      ))}
    </section>
  );
}

type Act = (what: string, fault: string, work: () => Promise<unknown>) => void;

function Project({ card, busy, act }: { card: ProjectCard; busy: boolean; act: Act }) {
  const { id, name, good, defective, judge, hasModel, size, changed, damaged } = card;
  const counts = [
    `${good} good`,
    ...(defective > 0 ? [`${defective} defective`] : []),
    ...(judge > 0 ? [`${judge} to judge`] : []),
  ];
  if (damaged !== null) return <p class="fault">{damaged}</p>;
  return (
    <>
      <h3>
        <a href={`#${encodeURIComponent(id)}`}>{name}</a>
      </h3>
      <p class="muted">
        {counts.join(', ')} · {hasModel ? 'trained' : 'not trained yet'}
        <br />
        {changed !== '' && `${when.format(new Date(changed))} · `}
        {sizeText(size.pictures + size.models)}
      </p>
      <div class="buttons">
        <button
          type="button"
          class="quiet"
          disabled={busy}
          aria-label={`Duplicate ${name}`}
          onClick={() =>
            act(`Copying ${name} …`, `${name} was not copied`, async () =>
              (await projects()).duplicate(id, `${name}, copy`),
            )
          }
        >
          Duplicate
        </button>
        <button
          type="button"
          class="quiet"
          disabled={busy}
          aria-label={`Export ${name}`}
          onClick={() =>
            act(`Exporting ${name} …`, `${name} was not exported`, async () => {
              const open = await (await projects()).open(id);
              await saveProject(open, fileName(name));
              if (open !== project.peek()) await open.close();
            })
          }
        >
          Export
        </button>
        <Confirm
          label="Delete …"
          question={`Delete ${name}? You can undo it.`}
          yes="Delete it"
          disabled={busy}
          onYes={() =>
            act(`Deleting ${name} …`, `${name} was not deleted`, async () => (await projects()).delete(id))
          }
        />
      </div>
    </>
  );
}
