import './withoutEval.js';
import { render } from 'preact';
import { App } from './app.js';
import { workOffline } from './offline/register.js';
import { askBeforeLeaving } from './state/leaving.js';
import { openAtStart } from './state/opening.js';
import './style.css';

render(<App />, document.getElementById('app')!);
void openAtStart();
askBeforeLeaving();
workOffline();
