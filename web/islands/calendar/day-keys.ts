const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

/** Arrows walk from day to day; `Enter` follows the link of the day it stands on. */
export function startDayKeys(): void {
  document.addEventListener('keydown', (event) => {
    const step = STEPS[event.key];
    const { target } = event;
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const days = [...document.querySelectorAll<HTMLElement>('#calendar-grid [data-day]')];
    const at = target instanceof HTMLElement ? days.indexOf(target) : -1;
    const isFree = target === document.body || at >= 0;
    if (!isFree || days.length === 0) return;
    event.preventDefault();
    const from = at >= 0 ? at : days.findIndex((day) => day.getAttribute('aria-current') === 'date');
    const isRtl = getComputedStyle(document.documentElement).direction === 'rtl';
    const sign = isRtl && Math.abs(step) === 1 ? -1 : 1;
    const next = at < 0 ? Math.max(0, from) : at + step * sign;
    const day = days[next];
    if (day !== undefined) day.focus();
    else document.getElementById(next < 0 ? 'calendar-previous' : 'calendar-next')?.click();
  });
}
