// Which URLs and protocols are taken, what becomes of them, and how the others are refused.

import { browserName } from "./harness/browser.mjs";
import { compare } from "./harness/compare.mjs";

compare("URLs are parsed, normalised or refused", ({ make, url, attempt }) => {
  const { host } = new URL(url);
  const urls = [
    "/absolute",
    "relative?q=1",
    "?query",
    "#fragment",
    "../..",
    "//other.invalid/path",
    `ws://${host}`,
    `WS://${host}/A?B`,
    `\t ws://${host}/trimmed \n`,
    `ws:\\\\${host}\\back\\slashes`,
    `ws:${host}`,
    `http://${host}/http`,
    `HTTPS://${host}/https`,
    `wss://${host}/wss`,
    `ws://${host}/ä?ö`,
    `ws://${host}/a b`,
    `ws://${host}/%zz%41`,
    `ws://${host}/lone\ud800surrogate?\udc00`,
    `ws://${host}/🦀`,
    `ws://${host}/a/./b/../c`,
    `ws://${host}/'"<>\``,
    `ws://${host}/#`,
    `ws://${host}/#fragment`,
    `ws://${host}?#`,
    `ws://user:password@${host}/`,
    "ws://host.invalid:80/",
    "ws://host.invalid:443/",
    "wss://host.invalid:443/",
    "wss://host.invalid:080/",
    "ws://HOST.invalid:0/",
    "ws://host.invalid:65536/",
    "ws://host.invalid:port/",
    "ws://host.invalid:-1/",
    "ws://ü.invalid/",
    "ws://%68ost.invalid/",
    "ws://exa mple.invalid/",
    "ws://exa%mple.invalid/",
    "ws://a<b.invalid/",
    "ws://[::1]:1/",
    "ws://[::g]/",
    "ws://127.1:1/",
    "ws://0x7f.0.0.1:1/",
    "ws://1.2.3.4.5/",
    "ws://256.0.0.1/",
    "ws:",
    "ws://",
    "ws:///",
    "ws://:80",
    "://",
    "ftp://host.invalid/",
    "file:///etc/hosts",
    "mailto:somebody@host.invalid",
    "about:blank",
    "data:text/plain,x",
    "javascript:1",
    "blob:http://host.invalid/x",
    "wsx://host.invalid/",
    "null",
  ];
  return urls.map((url) => [
    url.toWellFormed?.() ?? encodeURI(url),
    attempt(() => {
      const socket = make(url);
      const seen = [socket.url, socket.readyState, socket.protocol, socket.extensions];
      socket.close();
      return [...seen, socket.readyState];
    }),
  ]);
});

compare("what is no string is converted to one, once", ({ make, url, attempt }) => {
  let conversions = 0;
  const values = [
    undefined,
    null,
    42,
    true,
    1n,
    Symbol("url"),
    {},
    [url],
    new URL("/path#fragment", url),
    new URL("/path", url),
    new String(url),
    {
      toString() {
        conversions++;
        return url;
      },
    },
    { toString: () => "/relative", valueOf: () => url },
    { [Symbol.toPrimitive]: (hint) => `/${hint}` },
    {
      toString() {
        throw new RangeError("no string");
      },
    },
    Object.create(null),
  ];
  const results = values.map((value) =>
    attempt(() => {
      const socket = make(value);
      socket.close();
      return socket.url;
    }),
  );
  return [results, conversions];
});

// Firefox ignores the base element, and refuses the empty URL; ours does what the standard says.
const compareInChromium = browserName === "chrome" ? compare : () => {};

compareInChromium("relative URLs follow the document's base", ({ make, attempt }) => {
  const base = document.head.appendChild(document.createElement("base"));
  const results = ["https://base.invalid/dir/page?q", "http://base.invalid:8080", "data:,x"].map(
    (href) => {
      base.href = href;
      return ["x", "/x", "", "?x", "//other.invalid"].map((url) =>
        attempt(() => {
          const socket = make(url);
          socket.close();
          return socket.url;
        }),
      );
    },
  );
  base.remove();
  return results;
});

compare("protocols are taken or refused", ({ make, url, attempt }) => {
  const everyCharacter = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));
  const values = [
    undefined,
    "",
    "chat",
    "a b",
    "a,b",
    "a, b",
    "ä",
    "🦀",
    ...everyCharacter.map((character) => `a${character}`),
    [],
    [""],
    [undefined],
    [null],
    [42],
    ["a", "b"],
    ["a", "a"],
    ["a", "A"],
    ["a", ""],
    ["a b"],
    [["a"]],
    ["a".repeat(300)],
    42,
    true,
    1n,
    {},
    { length: 1, 0: "a" },
    { toString: () => "converted" },
    { toString: () => "not a token" },
    new String("ab"),
    new String("aa"),
    new Set(["a", "b"]),
    new Map([["a", 1]]),
    Symbol("protocol"),
    [Symbol("protocol")],
    { [Symbol.iterator]: 42 },
    { [Symbol.iterator]: undefined },
    {
      *[Symbol.iterator]() {
        yield "a";
        throw new RangeError("no more");
      },
    },
    {
      *[Symbol.iterator]() {
        yield* ["a", { toString: () => "b" }];
      },
    },
    {
      get [Symbol.iterator]() {
        throw new RangeError("no iterator");
      },
    },
  ];
  return values.map((value) =>
    attempt(() => {
      const socket = make(url, value);
      const seen = [socket.protocol, socket.readyState];
      socket.close();
      return seen;
    }),
  );
});

compare("the first mistake is the one that counts", ({ make, url, attempt }) => {
  const thrower = {
    toString() {
      throw new RangeError("no string");
    },
  };
  return [
    attempt(() => make("ftp://x", "a b")),
    attempt(() => make("ftp://x", thrower)),
    attempt(() => make(thrower, [Symbol("protocol")])),
    attempt(() => make(`${url}#`, ["a", "a"])),
  ];
});

compare("what is asked for arrives", async ({ make, url, events }) => {
  const cases = [
    [""],
    ["path/to?a=b&c=%20"],
    ["ä?ö"],
    ["", "chat"],
    ["", ["chat.v2", "chat.v1"]],
    ["", []],
    ["", new Set(["x", "y"])],
    ["", 42],
    ["", "!#$%&'*+-.^_`|~aZ09"],
  ];
  const results = [];
  for (const [path, ...rest] of cases) {
    const socket = make(url + path, ...rest);
    await events(socket).next("open");
    results.push([socket.url, socket.protocol, socket.extensions]);
    socket.close();
    await events(socket).next("close");
    results.push([socket.url, socket.protocol, socket.extensions]);
  }
  return results;
});

compare("a port that browsers block fails, and does not throw", async ({ make, url, events }) => {
  const socket = make(`ws://${new URL(url).hostname}:22/`);
  const before = socket.readyState;
  await events(socket).next("close");
  return [before, events(socket).all()];
});
