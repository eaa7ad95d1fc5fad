/** Where the page is told to connect to. */
export const server = decodeURIComponent(location.hash.slice(1));

/** Shows what came of it. */
export function tell(...outcomes) {
  document.title = outcomes.join(", ");
}
