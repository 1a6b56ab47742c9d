import * as Comlink from 'comlink';
import { smallPicture } from './smallPicture.js';

Comlink.expose(smallPicture);
