// Which events come, in which order, and what they are.

import { browserName } from "./harness/browser.mjs";
import { compare } from "./harness/compare.mjs";

compare("open, messages, close by the page", async ({ make, url, events }) => {
  const socket = make(url);
  await events(socket).next("open");
  socket.send("text");
  await events(socket).next("message");
  socket.send(new Uint8Array([1, 2, 3]));
  await events(socket).next("message");
  socket.binaryType = "arraybuffer";
  socket.send(new Uint8Array([1, 2, 3]));
  await events(socket).next("message");
  socket.close(4000, "done");
  await events(socket).next("close");
  return events(socket).all();
});

for (const args of [
  [],
  [1000],
  [1000, "bye"],
  [1001, "going away"],
  [1011],
  [1012],
  [3000],
  [4999, "ü"],
])
  compare(
    `the server closes with ${JSON.stringify(args)}`,
    async ({ make, url, events }) => {
      const socket = make(url);
      await events(socket).next("close");
      return events(socket).all();
    },
    async (peer) => (await peer.connection()).close(...args),
  );

compare(
  "the server closes right behind its messages",
  async ({ make, url, events }) => {
    const socket = make(url);
    await events(socket).next("close");
    return events(socket).all();
  },
  async (peer) => {
    const connection = await peer.connection();
    for (let number = 0; number < 20; number++) connection.send(`message ${number}`);
    connection.close(1000);
  },
);

compare(
  "the connection is cut",
  async ({ make, url, events }) => {
    const socket = make(url);
    await events(socket).next("open");
    socket.send("cut me");
    await events(socket).next("close");
    return events(socket).all();
  },
  async (peer) => {
    peer.echo = false;
    const connection = await peer.connection();
    await connection.messages.next();
    connection.terminate();
  },
);

for (const handshake of ["refuse", 200, 401, 503])
  compare(
    `the handshake is answered with ${handshake}`,
    async ({ make, url, events }) => {
      const socket = make(url, "chat");
      await events(socket).next("close");
      return events(socket).all();
    },
    (peer) => {
      peer.handshake = handshake;
    },
  );

compare("nobody listens at the port", async ({ make, url, events }) => {
  const { hostname, port } = new URL(url);
  const socket = make(`ws://${hostname}:${port ^ 1}/`);
  await events(socket).next("close");
  return events(socket).all();
});

// WebKitGTK's own class tells of the error and of no end.
if (browserName !== "webkit")
  compare("a port that browsers refuse", async ({ make, url, events }) => {
    const socket = make(`ws://${new URL(url).hostname}:9/`);
    await events(socket).next("close");
    return events(socket).all();
  });

compare(
  "nothing happens before the constructor's caller is done",
  async ({ make, url, events }) => {
    const socket = make(url);
    const end = performance.now() + 100;
    while (performance.now() < end);
    const early = events(socket).all().length;
    await Promise.resolve();
    const inMicrotask = events(socket).all().length;
    await events(socket).next("open");
    return [early, inMicrotask];
  },
);

compare("a cut connection closes only once", async ({ make, url, events }) => {
  const socket = make(url);
  await events(socket).next("open");
  const closes = [];
  socket.onclose = () => {
    closes.push(socket.readyState);
    socket.close();
    closes.push(socket.readyState);
  };
  socket.close();
  socket.close(4000);
  await events(socket).next("close");
  // Whatever else would come comes before another socket's life is over.
  const other = make(url);
  await events(other).next("open");
  other.close();
  await events(other).next("close");
  return [closes, events(socket).all().length];
});

compare("the origin of a message is the server's", async ({ make, url, events }) => {
  const origins = [];
  for (const path of ["", "path?query", "@/x"]) {
    const socket = make(url + path);
    await events(socket).next("open");
    socket.send("x");
    origins.push((await events(socket).next("message")).message.origin);
  }
  return origins;
});

compare("a message is an event of the platform's class", async ({ make, url, events }) => {
  const socket = make(url);
  await events(socket).next("open");
  const heard = new Promise((resolve) => {
    socket.onmessage = (event) => {
      const fields = {};
      for (const name in event) {
        const isOwn = Object.hasOwn(event, name);
        const isPlain = typeof event[name] !== "function" && name !== "timeStamp";
        if (isPlain && !isOwn) fields[name] = `${event[name]}`;
      }
      resolve([`${event}`, event.constructor === MessageEvent, fields]);
    };
  });
  socket.send("x");
  return heard;
});
