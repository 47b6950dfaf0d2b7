/** After a form: to the first field that was not right, else to the line that says what was done. */
export function focusFirst(): void {
  const wrong = document.querySelector<HTMLElement>('[aria-invalid="true"]');
  const target = wrong ?? document.querySelector<HTMLElement>('#done[role="status"]');
  const active = document.activeElement;
  if (target !== null && (active === null || active === document.body)) target.focus();
}
