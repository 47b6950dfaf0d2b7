// `--import` this to run sources that `compile.js` has translated.
import { register } from 'node:module';

register('./hooks.js', import.meta.url);
