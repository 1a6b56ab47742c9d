import { NothingOpen } from '../../parts/nothingOpen.js';
import { run } from '../../state/opened.js';
import { content, project } from '../../state/project/open.js';
import { OwnPictures } from './ownPictures.js';
import { RunPictures } from './runPictures.js';
import './pictures.css';

/** The project's pictures. */
export function Pictures() {
  if (project.value && content.value) return <OwnPictures open={project.value} now={content.value} />;
  return run.value ? <RunPictures run={run.value} /> : <NothingOpen />;
}
