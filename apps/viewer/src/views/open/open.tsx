import type { ComponentChildren } from 'preact';
import { otherRun, model, run } from '../../state/opened.js';
import { openExample, opening, pickModel, pickRun } from '../../state/opening.js';
import { go } from '../../state/route.js';
import './open.css';

/** What can be opened, and what is open. */
export function Open() {
  const busy = opening.value !== null;
  return (
    <div class="open">
      <h1>Open</h1>
      <p class="muted">
        Everything stays on this machine: the page reads the files you open and sends nothing anywhere. A
        folder or a model file can also be dropped anywhere on the page.
      </p>
      <div class="open-cards">
        <Card
          title="A run"
          text="A folder written by train and evaluate of pyramid-mamba: pictures, heat maps, scores, thresholds."
          now={run.value && `Open: ${run.value.name}, ${run.value.items.length} pictures`}
        >
          <button type="button" class="primary" disabled={busy} onClick={() => void pickRun('run')}>
            Open a run’s folder
          </button>
        </Card>
        <Card
          title="A second run to compare with"
          text="Before and after: the same pictures side by side in Inspect, differences in Figures."
          now={otherRun.value && `Open: ${otherRun.value.name}`}
        >
          <button type="button" disabled={busy || !run.value} onClick={() => void pickRun('other')}>
            Open a second run’s folder
          </button>
          {otherRun.value && (
            <button type="button" onClick={() => (otherRun.value = null)}>
              Close it
            </button>
          )}
        </Card>
        <Card
          title="A model file"
          text="model.safetensors alone, to judge pictures of your own in Live."
          now={model.value && `Open: ${model.value.name}, trained for ${model.value.info.classes.join(', ')}`}
        >
          <button type="button" disabled={busy} onClick={() => void pickModel()}>
            Open a model file
          </button>
        </Card>
        <Card
          title="The example"
          text="A small model of three drawn products, part of this page."
          now={run.value?.example ? 'It is open' : null}
        >
          <button
            type="button"
            disabled={busy}
            onClick={() => void openExample().then((well) => well && go('gallery'))}
          >
            Open the example
          </button>
        </Card>
      </div>
      <p role="status">{busy && `Opening ${opening.value} …`}</p>
      <h2>From the command line</h2>
      <pre>
        pyramid-mamba evaluate RUN{'\n'}pyramid-mamba view RUN{'\n'}pyramid-mamba view RUN --with OTHER_RUN
      </pre>
    </div>
  );
}

function Card({
  title,
  text,
  now,
  children,
}: {
  title: string;
  text: string;
  now: string | null;
  children: ComponentChildren;
}) {
  return (
    <section class="card" aria-label={title}>
      <h2>{title}</h2>
      <p>{text}</p>
      <p class="muted">{now}</p>
      <div class="card-buttons">{children}</div>
    </section>
  );
}
