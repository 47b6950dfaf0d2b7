import { readPage } from './page/data.ts';
import { startFaces } from './page/faces.ts';
import { focusFirst } from './page/focus.ts';
import { startKeys } from './page/keys.ts';
import { startLive } from './page/live.ts';
import { startSearch } from './page/search.ts';
import { startSmall, tellZone } from './page/small.ts';

// What every page can do once its script has come; nothing here is needed to use a page.
document.documentElement.classList.add('js');
const page = readPage();
tellZone(page);
focusFirst();
startFaces();
startSmall(page);
startSearch();
startLive(page);
startKeys(page);
