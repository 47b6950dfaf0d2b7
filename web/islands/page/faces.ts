const isFace = (target: EventTarget | null): target is HTMLImageElement =>
  target instanceof HTMLImageElement && target.dataset['initials'] !== undefined;

/** Puts initials in the place of a picture that no browser can read. */
function showInitials(image: HTMLImageElement): void {
  const initials = document.createElement('span');
  initials.className = image.className.replace('face ', 'initials ');
  initials.ariaHidden = 'true';
  initials.textContent = image.dataset['initials'] ?? '';
  image.replaceWith(initials);
}

/** Watches the pictures of people; what failed before the script came is mended at once. */
export function startFaces(): void {
  // Errors of pictures do not bubble, but they pass the document on their way down.
  document.addEventListener('error', ({ target }) => isFace(target) && showInitials(target), true);
  for (const image of document.querySelectorAll<HTMLImageElement>('img[data-initials]'))
    if (image.complete && image.naturalWidth === 0) showInitials(image);
}
