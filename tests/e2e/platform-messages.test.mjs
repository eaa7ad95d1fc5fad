// send(), binaryType and bufferedAmount.

import { compare } from "./harness/compare.mjs";

compare("everything can be sent that the platform sends", async (probe) => {
  const { make, url, events, attempt } = probe;
  const socket = make(url);
  socket.binaryType = "arraybuffer";
  await events(socket).next("open");
  const { buffer } = Uint8Array.from({ length: 64 }, (_, index) => index);
  const views = [
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
    DataView,
  ];
  const transferred = new ArrayBuffer(8);
  structuredClone(transferred, { transfer: [transferred] });
  const values = [
    "",
    "text",
    "ü🦀",
    "\ud800 alone \udc00",
    "x".repeat(70_000),
    null,
    undefined,
    42,
    true,
    1n,
    [1, 2],
    {},
    new String("object"),
    { toString: () => "converted" },
    new URL("http://host.invalid"),
    () => {},
    Symbol("message"),
    {
      toString() {
        throw new RangeError("no string");
      },
    },
    buffer,
    new ArrayBuffer(0),
    transferred,
    new Uint8Array(0),
    ...views.map((View) => new View(buffer)),
    ...views.map((View) => new View(buffer, 8)),
    ...views.map((View) => new View(buffer, 16, 2)),
    new Blob(),
    new Blob(["in a ", new Uint8Array([0, 255])], { type: "text/plain" }),
    new File(["in a file"], "name"),
    new Uint8Array([1, 2, 3]),
    "last",
  ];
  const results = values.map((value) => attempt(() => socket.send(value)));
  results.push(attempt(() => socket.send()));
  results.push(attempt(() => socket.send("one", "two")));
  const echoes = results.filter(({ threw }) => !threw).length;
  for (let count = 0; count < echoes; count++) await events(socket).next("message");
  return [
    results,
    events(socket)
      .all()
      .map(({ message }) => message?.data),
  ];
});

compare("a buffer that changes after it was sent", async ({ make, url, events }) => {
  const socket = make(url);
  socket.binaryType = "arraybuffer";
  await events(socket).next("open");
  const bytes = new Uint8Array([1, 2, 3]);
  socket.send(bytes);
  bytes.fill(9);
  return (await events(socket).next("message")).message.data;
});

compare(
  "send() while connecting",
  ({ make, url, attempt }) => {
    const socket = make(url);
    return ["x", "", null, undefined, Symbol("x"), new Blob(["x"]), new Uint8Array(3)]
      .map((value) => attempt(() => socket.send(value)))
      .concat(
        attempt(() => socket.send()),
        attempt(() => socket.bufferedAmount),
      );
  },
  (peer) => {
    peer.handshake = "hang";
  },
);

for (const state of ["closing", "closed"])
  compare(
    `send() while ${state} discards and counts`,
    `async ({ make, url, events, attempt }) => {
      const socket = make(url);
      await events(socket).next("open");
      socket.close();
      if ("${state}" === "closed") await events(socket).next("close");
      const values = ["x", "ü🦀", "\\ud800", "", null, new Blob(["blob"]), new ArrayBuffer(10),
        new Uint16Array(3), new DataView(new ArrayBuffer(8), 2), Symbol("x")];
      const results = values.map((value) => [attempt(() => socket.send(value)), socket.bufferedAmount]);
      results.push([attempt(() => socket.send()), socket.bufferedAmount]);
      return results;
    }`,
  );

compare(
  "send() after a handshake that failed",
  async ({ make, url, events, attempt }) => {
    const socket = make(url);
    await events(socket).next("close");
    return [attempt(() => socket.send("lost")), socket.bufferedAmount, socket.readyState];
  },
  (peer) => {
    peer.handshake = 503;
  },
);

compare("bufferedAmount counts at once what is on its way", async ({ make, url, events }) => {
  const socket = make(url);
  const amounts = [socket.bufferedAmount];
  await events(socket).next("open");
  for (const value of ["x", "ü🦀", new Uint8Array(100), new Blob(["blob"]), ""]) {
    socket.send(value);
    amounts.push(socket.bufferedAmount);
  }
  for (let count = 0; count < 5; count++) await events(socket).next("message");
  amounts.push(socket.bufferedAmount);
  return amounts;
});

compare("bufferedAmount stays after the end", async ({ make, url, events }) => {
  const socket = make(url);
  await events(socket).next("open");
  socket.close();
  socket.send("x".repeat(1000));
  const amounts = [socket.bufferedAmount];
  await events(socket).next("close");
  amounts.push(socket.bufferedAmount);
  socket.send("y");
  return [...amounts, socket.bufferedAmount];
});

compare("binaryType takes two values in every state", async ({ make, url, events, attempt }) => {
  const socket = make(url);
  const tries = () =>
    ["arraybuffer", "", "Blob", "text", null, undefined, {}, "blob", new String("arraybuffer")].map(
      (value) => [
        attempt(() => {
          socket.binaryType = value;
        }),
        socket.binaryType,
      ],
    );
  const symbol = () =>
    attempt(() => {
      socket.binaryType = Symbol("blob");
    });
  const seen = [socket.binaryType, tries(), symbol()];
  await events(socket).next("open");
  seen.push(socket.binaryType, tries(), symbol());
  socket.close();
  seen.push(tries());
  await events(socket).next("close");
  return [...seen, tries(), symbol()];
});

compare("binaryType counts for the next message", async ({ make, url, events }) => {
  const socket = make(url);
  const data = [];
  await events(socket).next("open");
  for (const type of ["blob", "arraybuffer", "blob", "arraybuffer"]) {
    socket.binaryType = type;
    socket.send(new Uint8Array([7, 8]));
    data.push((await events(socket).next("message")).message.data);
  }
  return data;
});

compare("a Blob that arrives holds what was sent", async ({ make, url }) => {
  const socket = make(url);
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  socket.send(new Uint8Array([104, 105]));
  const { data } = await new Promise((resolve) => socket.addEventListener("message", resolve));
  return [data instanceof Blob, data.size, data.type, await data.text()];
});
