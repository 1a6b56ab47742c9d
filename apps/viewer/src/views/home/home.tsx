import { Camera, ChartNoAxesColumn, FileBox, FolderOpen, ShieldCheck, type IconNode } from 'lucide';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { Icon } from '../../parts/icon.js';
import {
  beginWithCamera,
  opening,
  pickComparison,
  pickModel,
  pickRun,
  takePictures,
} from '../../state/opening.js';
import { attempting } from '../../state/engine.js';
import { reading } from '../../state/project/intake.js';
import { listProjects } from '../../state/project/open.js';
import { Add } from '../pictures/add.js';
import { ProjectList } from './projectList.js';
import './home.css';

/** The first screen: one thing to do, the example beside it, and what else can be opened. */
export function Home() {
  useEffect(() => {
    // a browser without storage has none; beginning one reports that
    listProjects().catch(() => undefined);
  }, []);
  const busy = opening.value !== null || reading.value !== null;
  return (
    <div class="home">
      <section class="begin" aria-labelledby="begin">
        <h1 id="begin">Drop good pictures of your product</h1>
        <p class="lead">
          The page learns from them what good looks like, says of each new picture whether it is good, shows
          where it is not, and how far that can be trusted.
        </p>
        <div class="target">
          <div class="buttons">
            <Add take={takePictures} primary />
            <button
              type="button"
              disabled={busy}
              onClick={() => void attempting('No project was made', beginWithCamera)}
            >
              <Icon of={Camera} />
              Use the camera
            </button>
          </div>
          <p class="muted">
            Twenty or more pictures of good parts. Defective ones are not needed, but help to test.
          </p>
        </div>
        <p role="status">{reading.value ?? (opening.value !== null && `Opening ${opening.value} …`)}</p>
        <p class="promise">
          <Icon of={ShieldCheck} />
          Nothing leaves this machine: the page computes here and sends nothing anywhere.
        </p>
      </section>
      <section class="example card" aria-label="The example">
        <div class="example-pictures" aria-hidden="true">
          {['00000', '00014', '00028'].map((name) => (
            <img key={name} src={`./example/viewer/pictures/${name}.webp`} alt="" loading="lazy" />
          ))}
        </div>
        <h2>Look at an example first</h2>
        <p>Three drawn products with a trained model: pictures, verdicts, thresholds and figures.</p>
        <p class="buttons">
          <a class="button" href="#example">
            Open the example
          </a>
        </p>
      </section>
      <ProjectList />
      <section class="elsewhere" aria-label="From the command line">
        <h2>Made with the command line?</h2>
        <div class="elsewhere-cards">
          <Card
            icon={FolderOpen}
            title="A run"
            text="The folder that train and evaluate of pyramid-mamba wrote: pictures, heat maps, scores, thresholds."
          >
            <button type="button" disabled={busy} onClick={() => void pickRun('run')}>
              Open a run’s folder
            </button>
          </Card>
          <Card icon={FileBox} title="A model file" text="model.safetensors alone, to judge pictures with.">
            <button type="button" disabled={busy} onClick={() => void pickModel()}>
              Open a model file
            </button>
          </Card>
          <Card
            icon={ChartNoAxesColumn}
            title="A comparison"
            text="compare.json, which compare of pyramid-mamba wrote: figures, times, and which method is better at which picture."
          >
            <button type="button" disabled={busy} onClick={() => void pickComparison()}>
              Open a comparison
            </button>
          </Card>
        </div>
        <p class="muted">
          All of them can also be dropped on the page. <code>pyramid-mamba view RUN</code> opens a run here by
          itself.
        </p>
      </section>
    </div>
  );
}

function Card(props: { icon: IconNode; title: string; text: string; children: ComponentChildren }) {
  return (
    <section class="card" aria-label={props.title}>
      <h3>
        <Icon of={props.icon} /> {props.title}
      </h3>
      <p>{props.text}</p>
      <p class="buttons">{props.children}</p>
    </section>
  );
}
