import './withoutEval.js';
import { render } from 'preact';
import { App } from './app.js';
import { workOffline } from './offline/register.js';
import { openAtStart } from './state/opening.js';
import './style.css';

render(<App />, document.getElementById('app')!);
void openAtStart();
workOffline();
