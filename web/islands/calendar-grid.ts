import { startDayKeys } from './calendar/day-keys.ts';
import { startGrid } from './calendar/grid.ts';

// Month and week come whole from the server. Where there is room a grid takes the place of its table; on phones the table
// with its dots stays.
startDayKeys();
const host = document.getElementById('calendar-grid');
if (host !== null && matchMedia('(min-width: 861px)').matches) await startGrid(host);
