// Addresses of their own for what the tests start, because browsers throttle by address after
// failures.

/** Starts what `make(address)` gives, on an address that nothing else had. */
export async function onFreshAddress(make) {
  const own = make(freshAddress());
  try {
    await own.start();
    return own;
  } catch (error) {
    if (error.code !== "EADDRNOTAVAIL") throw error;
  }
  // Only Linux has the whole of 127.0.0.0/8.
  const local = make("127.0.0.1");
  await local.start();
  return local;
}

/** One of the addresses of this machine. */
export function freshAddress() {
  const byte = () => 1 + Math.floor(Math.random() * 254);
  return `127.${byte()}.${byte()}.${byte()}`;
}
