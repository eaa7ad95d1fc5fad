/**
 * What the wasm core calls: it has a face do something, and knows by numbers what the faces hold for
 * it. Only numbers cross the border.
 */

/** What the core has done, by a face or by the holder. */
export enum Deed {
  Setting,
  Resolve,
  Connect,
  HangUp,
  Adopt,
  CanSend,
  Transmit,
  Ping,
  AddPart,
  Post,
  Abort,
  SendOff,
  Judge,
  WakeAfter,
  WatchPage,
  Release,
  Opened,
  Errored,
  Closed,
  Reconnecting,
  Failed,
  Switched,
  Dropped,
  Retain,
  LetGo,
  RetryHint,
  Greet,
  Control,
  Farewell,
  Renew,
  Part,
  Reset,
  Save,
}

export type Doer = { [deed in Deed]?: (...figures: number[]) => unknown };

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
      [Deed.Retain]: (number = 0) => {
        const holding = held.get(number);
        if (holding) holding.users++;
      },
      [Deed.LetGo]: letGo,
      [Deed.RetryHint]: (number = 0) => {
        // `retry=5000`, `retry: 5000` or `{"retry":5000}`, in ms.
        const reason = heldAs<string>(number) ?? "";
        return /\bretry(?:["' ]*[:=] *(\d+))?/.exec(reason)?.[1];
      },
    },
  ],
]);

/** Does the deed, and answers with a number if it has an answer. */
export function perform(
  doer: number,
  deed: Deed,
  a: number,
  b: number,
  c: number,
  d: number,
): number {
  const answer = doers.get(doer)?.[deed]?.(a, b, c, d);
  if (deed === Deed.Release) doers.delete(doer);
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
