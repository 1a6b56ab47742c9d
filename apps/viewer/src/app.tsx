import { Compass, FolderSearch } from 'lucide';
import { Bar } from './shell/bar.js';
import { later } from './shell/later.js';
import { ReadOnlyBar } from './shell/readOnly.js';
import { DropZone } from './parts/dropZone.js';
import { Notices } from './parts/notices.js';
import { Empty, Failed, Working } from './parts/states.js';
import { place, route } from './state/address/route.js';
import { titleOf } from './state/address/titles.js';
import { missing, openMissing } from './state/opening.js';
import { workplace } from './state/workplace.js';
import { Ask } from './views/pictures/ask.js';
import { Home } from './views/home/home.js';
import { VIEWS } from './views/index.js';

const Comparison = later(() => import('./views/comparison/comparison.js').then((found) => found.Comparison));

/** The page: navigation, the current view, and notices. */
export function App() {
  const now = place.value;
  return (
    <>
      <Bar />
      <ReadOnlyBar />
      <Notices />
      <DropZone />
      <Ask />
      <main
        aria-label={now ? titleOf(now) : route.value.at === 'comparison' ? 'Comparison of methods' : 'Start'}
      >
        <Body />
      </main>
    </>
  );
}

function Body() {
  const now = route.value;
  if (now.at === 'home') return <Home />;
  if (now.at === 'comparison') return <Comparison />;
  if (now.at === 'unknown') return <Unknown address={now.address} />;
  if (now.project !== null && now.project !== workplace.value?.id) {
    return missing.value === null ? (
      <Working>Opening {now.project} …</Working>
    ) : (
      <Missing project={missing.value} />
    );
  }
  if (now.at === 'project') return null;
  const View = VIEWS[now.part];
  return <View />;
}

const start = (
  <a class="button primary" href="#">
    To the start
  </a>
);

function Unknown({ address }: { address: string }) {
  return (
    <Empty icon={Compass} title="There is no such page here" actions={start}>
      The address #{address} names no view. It may be mistyped, or of another version of the page.
    </Empty>
  );
}

function Missing({ project }: { project: string }) {
  if (project === 'run' || project === 'model') {
    return (
      <Empty icon={FolderSearch} title="Open it again" actions={start}>
        A reload closes {project === 'run' ? 'a run’s folder' : 'a model file'}, because a page may not read
        files of this machine by itself. Drop it here, or open it from the start.
      </Empty>
    );
  }
  return (
    <Failed
      title={project === 'example' ? 'The example was not opened' : 'This browser has no such project'}
      actions={
        <>
          <button type="button" onClick={openMissing}>
            Try again
          </button>
          {start}
        </>
      }
    >
      {project === 'example'
        ? 'Its files were not reached. Check the connection, then try again.'
        : `No project “${project}” is stored here. It may have been deleted, or belong to another browser.`}
    </Failed>
  );
}
