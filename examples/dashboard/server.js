/** Where the server is. The page's own query goes along: it may carry a token. */
export function address(path, parameters = {}) {
  const url = new URL(path + location.search, location.href);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url;
}
