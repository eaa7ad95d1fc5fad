/**
 * What the wasm core calls: it has a face do something, and knows by numbers what the faces hold for
 * it. Only numbers cross the border.
 */

/** What the core has done, by its place: a method of a face, or of the holder. */
const DEEDS = [
  "setting",
  "resolve",
  "connect",
  "hangUp",
  "adopt",
  "canSend",
  "transmit",
  "ping",
  "addPart",
  "post",
  "abort",
  "sendOff",
  "judge",
  "wakeAfter",
  "watchPage",
  "release",
  "opened",
  "errored",
  "closed",
  "reconnecting",
  "failed",
  "switched",
  "dropped",
  "retain",
  "letGo",
  "character",
] as const;

type Deed = (...figures: number[]) => unknown;
export type Doer = Partial<Record<(typeof DEEDS)[number], Deed>>;

/** Messages that wait, and reasons, with the number of those who need them. */
const held = new Map<number, { value: unknown; users: number }>();

/** The one reason that the core has itself has the number 1. */
let last = 1;
held.set(last, { value: "page hidden", users: 1 });

/** The holder has the number 0. */
const doers = new Map<number, Doer>([
  [
    0,
    {
      retain: (number = 0) => {
        const holding = held.get(number);
        if (holding) holding.users++;
      },
      letGo,
      character: (number = 0, place = 0) => `${heldAs<string>(number) ?? ""}`.charCodeAt(place),
    },
  ],
]);

/** Does the deed, and answers with a number if it has an answer. */
export function perform(doer: number, deed: number, ...figures: number[]): number {
  const name = DEEDS[deed];
  const answer = name && doers.get(doer)?.[name]?.(...figures);
  if (name === "release") doers.delete(doer);
  return Number(answer);
}

/** Gives a face a number, by which the core has it do things until it releases it. */
export function addFace(face: Doer): number {
  doers.set(++last, face);
  return last;
}

/** Gives a value a number for the core, which lets go of it. */
export function hold(value: unknown): number {
  if (value === undefined || value === null) return 0;
  held.set(++last, { value, users: 1 });
  return last;
}

export function heldAs<T>(number: number): T | undefined {
  return held.get(number)?.value as T | undefined;
}

export function letGo(number = 0): void {
  const holding = held.get(number);
  if (holding && --holding.users === 0) held.delete(number);
}
