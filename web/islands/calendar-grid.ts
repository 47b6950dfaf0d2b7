import { startDayKeys } from './calendar/day-keys.ts';

// Month and week as they come from the server, with keys to walk from day to day.
startDayKeys();
