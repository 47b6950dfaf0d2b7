/** Buttons that print the page; hidden without scripts. */
for (const button of document.querySelectorAll('[data-print]'))
  button.addEventListener('click', () => print());
