// What a session says: hellos, requests and their addresses.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ANSWERED,
  FINISHED,
  fetching,
  modes,
  open,
  recordsOf,
  settled,
  UNANSWERED,
  UNSENT,
} from "./session.mjs";

const isNew = 8;
const attach = (number) => number << 4;

/** The requests that are made from now on; each is answered with nothing. */
function requests() {
  const list = [];
  fetching((request) => {
    list.push(request);
    return new Response();
  });
  return list;
}

/** What the session said on the socket of attempt 7 in this mode. */
async function spoken(session, log, mode) {
  session.greet(5, 6, 7, mode);
  await settled();
  const [, attempt, text] = log.pop();
  assert.equal(attempt, 7);
  assert.equal(text.slice(0, 2), "\u0001h");
  return JSON.parse(text.slice(2));
}

/** What it said in a request in this mode. */
async function posted(session, mode) {
  const list = requests();
  session.greet(5, 6, 1, mode);
  await settled();
  const [[kind, text], ...records] = await recordsOf(list[0]);
  assert.equal(kind, 2);
  assert.equal(text[0], "h");
  return { hello: JSON.parse(text.slice(1)), records, request: list[0] };
}

test("each mode has the members that belong to it", async () => {
  const { session, log } = open({ protocols: () => ["chat"], token: "secret" });
  const { id, key, ...ws } = await spoken(session, log, modes.ws | isNew | attach(1));
  assert.match(id, /^[\w-]{22,128}$/);
  assert.match(key, /^[\w-]{22,128}$/);
  assert.notEqual(id, key);
  const always = { v: 1, recv: 5, token: "secret", protocols: ["chat"] };
  assert.deepEqual(ws, { ...always, new: true, att: 1, mode: "ws" });
  const probe = await spoken(session, log, modes.probe | attach(2));
  assert.deepEqual(probe, { ...always, id, key, mode: "probe" });
  for (const [mode, members] of [
    ["stream", { mode: "stream", att: 2, wait: 45_000 }],
    ["poll", { mode: "poll", att: 2, wait: 45_000 }],
    ["glance", { mode: "poll", att: 2, wait: 1 }],
    ["send", { mode: "send", seq: 6 }],
  ]) {
    const { hello } = await posted(session, modes[mode] | attach(2));
    assert.deepEqual(hello, { ...always, id, key, ...members }, mode);
  }
});

test("what the application does not offer is not said", async () => {
  const { session, log } = open();
  const hello = await spoken(session, log, modes.ws | attach(1));
  assert.deepEqual(Object.keys(hello).sort(), ["att", "id", "key", "mode", "recv", "v"]);
});

test("a request takes the messages along, once", async () => {
  const { session, log } = open();
  const bytes = new Uint8Array(new Uint8Array([9, 98, 105, 110, 9]).buffer, 1, 3);
  for (const part of ["", "\u0001é", bytes, bytes.slice().buffer, new Blob(["blob"])]) {
    session.addPart(part);
  }
  const { records, request } = await posted(session, modes.send);
  assert.deepEqual(records, [
    [0, ""],
    [0, "\u0001é"],
    [1, "bin"],
    [1, "bin"],
    [1, "blob"],
  ]);
  assert.equal(request.method, "POST");
  assert.equal(request.headers.get("content-type"), null);
  assert.deepEqual(log, [["told", FINISHED]]);
  assert.deepEqual((await posted(session, modes.send)).records, []);
});

test("a farewell outlives the page, and says the end last", async () => {
  const { session } = open();
  const list = requests();
  session.addPart("last words");
  session.farewell(5, 6, 4000, "bye");
  session.farewell(5, 6, 0);
  await settled();
  assert.deepEqual(
    list.map(({ keepalive }) => keepalive),
    [true, true],
  );
  const [[, hello], ...others] = await recordsOf(list[0]);
  assert.match(hello, /"recv":5,"seq":6,"mode":"send"/);
  assert.deepEqual(others, [
    [0, "last words"],
    [2, 'x{"code":4000,"reason":"bye"}'],
  ]);
  assert.equal((await recordsOf(list[1])).length, 1);
});

test("the end is said on the socket that attached, and on no other", async () => {
  const { session, log } = open();
  const welcome = '\u0001w{"recv":0,"seq":1,"hb":1,"win":1,"max":1,"ttl":1}';
  await spoken(session, log, modes.probe);
  session.hear(7, welcome);
  session.end(7, 1000);
  await spoken(session, log, modes.ws | attach(1));
  session.end(7, 1000);
  session.hear(7, welcome);
  session.end(8, 1000);
  assert.deepEqual(
    log.filter(([what]) => what === "say"),
    [],
  );
  session.end(7, 0, "done");
  assert.deepEqual(log.pop(), ["say", 7, '\u0001x{"code":1000,"reason":"done"}']);
});

test("the name is in every address, in place of another", async () => {
  const { session, log } = open();
  const { id } = await spoken(session, log, modes.ws | attach(1));
  for (const [base, expected] of [
    ["ws://host/path", `ws://host/path?sid=${id}`],
    ["wss://host/?a=b%20c&d", `wss://host/?sid=${id}&a=b%20c&d`],
    ["ws://host/?sid=other", `ws://host/?sid=${id}`],
    ["ws://host/?sid=other&a=?", `ws://host/?sid=${id}&a=?`],
    ["ws://host/?a=1&sid=other&sidx=2", `ws://host/?sid=${id}&a=1&sidx=2`],
  ]) {
    assert.equal(session.address(base), expected);
  }
  const { request } = await posted(session, modes.stream | attach(2));
  assert.equal(request.url, `http://server/session?sid=${id}`);
});

test("later carriers go to the node that the server names, until another session", async () => {
  const { session, log } = open();
  const { id } = await spoken(session, log, modes.ws | attach(1));
  const move = (url) => session.hear(7, `\u0001x${JSON.stringify({ code: 4421, url })}`);
  for (const [url, base, expected] of [
    ["wss://node/s?n=1#part", "ws://host/", `wss://node/s?sid=${id}&n=1`],
    ["https://node/", "wss://host/", `wss://node/?sid=${id}`],
    ["ws://node/", "http://host/", `http://node/?sid=${id}`],
    // What was asked for in secret stays a secret.
    ["ws://node/", "wss://host/", `wss://host/?sid=${id}`],
    ["http://node/", "https://host/", `https://host/?sid=${id}`],
  ]) {
    move(url);
    assert.equal(session.address(base), expected, `${url} from ${base}`);
  }
  move("wss://node/");
  for (const url of ["", "node", "/path", "ftp://node/", "javascript:alert(1)", "ws://"]) {
    move(url);
    assert.equal(session.address("ws://host/"), `wss://node/?sid=${id}`, url);
  }
  session.renew();
  assert.match(session.address("ws://host/"), /^ws:\/\/host\/\?sid=[\w-]{22,}$/);
  assert.notEqual(session.address("ws://host/"), `ws://host/?sid=${id}`);
});

test("the token is asked for anew, and without one nothing is said", async () => {
  const tokens = [() => "one", async () => "two", () => Promise.reject(new Error("no token"))];
  const { session, log } = open({ token: () => tokens.shift()() });
  assert.equal((await spoken(session, log, modes.ws | attach(1))).token, "one");
  assert.equal((await posted(session, modes.stream | attach(2))).hello.token, "two");
  log.length = 0;
  session.greet(0, 0, 7, modes.probe);
  await settled();
  assert.deepEqual(log.splice(0), [["lose", 7, "no token"]]);
  const failing = open({
    token() {
      throw new Error("no token");
    },
  });
  const list = requests();
  failing.session.greet(0, 0, 1, modes.send);
  await settled();
  assert.deepEqual(failing.log, [["told", UNSENT]]);
  assert.equal(list.length, 0);
});

test("what was given up tells nothing", async () => {
  const answers = [];
  const { session, log } = open();
  fetching(() => new Promise((resolve) => answers.push(resolve)));
  // Each takes the place of the one before it.
  session.greet(0, 0, 1, modes.stream);
  await settled();
  session.greet(0, 0, 2, modes.poll);
  session.greet(0, 1, 3, modes.send);
  await settled();
  session.greet(0, 1, 4, modes.send);
  await settled();
  answers[0](new Response());
  answers[2](new Response());
  await settled();
  assert.deepEqual(log, []);
  session.abort();
  answers[1](new Response());
  answers[3](new Response());
  await settled();
  assert.deepEqual(log, []);
});

test("a request that fails says how", async () => {
  for (const [answer, kind] of [
    [() => Promise.reject(new TypeError("no network")), UNANSWERED],
    [() => new Response("", { headers: { "content-type": "text/html" } }), UNANSWERED],
    [() => new Response("", { status: 500 }), ANSWERED],
  ]) {
    const { session, log } = open();
    fetching(answer);
    session.greet(0, 0, 1, modes.stream);
    await settled();
    assert.deepEqual(log, [["told", kind]]);
  }
});
