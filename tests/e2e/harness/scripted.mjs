// `scripted(name, test)`: an `e2e` with a session whose server is the test itself: every frame that
// its peer says is written in the test.
//
//   scripted("an echo", async ({ peer, open }) => {
//     const socket = await open();
//     const { connection } = await greeted(peer);
//     connection.send("hello");
//     await socket.next("message");
//   });

import { encode } from "../../server/session.mjs";
import { startPeer } from "./peer.mjs";
import { openSocket } from "./socket.mjs";
import { e2e } from "./test.mjs";
import { soon } from "./time.mjs";

/** What marks a control frame on a WebSocket. */
export const MARK = "\u0001";

/** Runs `work` with what `e2e` gives and `open(session, options, protocols)`. */
export function scripted(name, work) {
  e2e(name, async (t) => {
    const { page, peer } = t;
    silence(peer);
    const open = (session = {}, options = {}, protocols = []) =>
      openSocket(page, peer.url, protocols, { ...soon, session, ...options });
    await work({ ...t, open });
    await page.evaluate(() => {
      for (const socket of sockets) socket.close();
    });
  });
}

/** A further peer that says nothing by itself. */
export async function startScripted() {
  const peer = await startPeer();
  silence(peer);
  return peer;
}

function silence(peer) {
  peer.echo = false;
  peer.http.answer = () => ({ status: 404 });
}

/** A control frame: a letter, and a number or what becomes JSON. */
export function control(letter, argument = "") {
  return MARK + letter + (typeof argument === "object" ? JSON.stringify(argument) : argument);
}

/** A welcome, with a word on what is not usual. */
export function welcome(changes) {
  const usual = { recv: 0, seq: 1, hb: 20_000, win: 1 << 20, max: 1 << 20, ttl: 120_000 };
  return control("w", { ...usual, ...changes });
}

/** The argument of the next control frame with this letter, of a connection. */
export async function said(connection, letter) {
  const begins = (frame) => typeof frame === "string" && frame.startsWith(MARK + letter);
  return JSON.parse((await connection.messages.next(begins, `"${letter}"`)).slice(2));
}

/** Everything but acks that came on a connection so far, after the hello. */
export function messagesOn(connection) {
  const isAck = (frame) => typeof frame === "string" && frame.startsWith(`${MARK}a`);
  return connection.messages.entries.slice(1).filter((frame) => !isAck(frame));
}

/** The next connection and its hello, which is answered by a welcome. */
export async function greeted(peer, changes) {
  const connection = await peer.connection();
  const hello = await said(connection, "h");
  connection.send(welcome(changes));
  return { connection, hello };
}

/** An answer to a POST: frames as on a WebSocket, but nothing is escaped. */
export function answer(...frames) {
  return { body: encode(frames) };
}

/** The same, but the response stays open until the page goes. */
export function stream({ aborted }, ...frames) {
  async function* body() {
    yield encode(frames);
    await aborted;
  }
  return { body: body() };
}

/** The frames of a POST's body. */
export function framesOf(body) {
  const frames = [];
  for (let at = 0; at < body.length; ) {
    const end = at + 5 + body.readUInt32BE(at + 1);
    const payload = body.subarray(at + 5, end);
    frames.push(body[at] === 1 ? payload : (body[at] === 2 ? MARK : "") + payload);
    at = end;
  }
  return frames;
}

/** The hello of a POST. */
export function helloOf({ body }) {
  return JSON.parse(framesOf(body)[0].slice(2));
}
