/** The few DOM helpers that every panel uses. */

export const byId = (id) => document.getElementById(id);

/** An element with attributes and children; text is never parsed as HTML. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Touches the DOM only on a change: panels call this ten times a second. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Changes a list that follows its end, unless someone has scrolled back to read. */
export function following(list, change) {
  const isFollowing = list.scrollHeight - list.scrollTop - list.clientHeight < 24;
  change();
  if (isFollowing) list.scrollTop = list.scrollHeight;
}

/** Appends to a bounded list that follows its end. */
export function appendFollowing(list, item, limit) {
  following(list, () => {
    list.append(item);
    while (list.childElementCount > limit) list.firstElementChild.remove();
  });
}

export const clockTime = (at) => new Date(at).toLocaleTimeString("en-GB");
export const seconds = (ms) => `${(ms / 1000).toFixed(1)}\u00a0s`;
export const size = (bytes) =>
  bytes < 1000 ? `${bytes}\u00a0bytes` : `${(bytes / 1000).toFixed(1)}\u00a0kB`;
