/** What can be sent, and what it weighs. */

/** Everything that `WebSocket.send` takes. */
export type Message = string | ArrayBufferLike | ArrayBufferView | Blob;

/** What `send` leaves to be sent later. */
export type Snapshot = string | ArrayBuffer | Uint8Array<ArrayBuffer> | Blob;

/**
 * A message that can wait: what the caller changes later must not change it, unless the buffer is
 * given away. Strings and blobs cannot be changed; everything else becomes a string, as in
 * `WebSocket.send`.
 */
export function snapshot(data: unknown, isOwned: boolean): Snapshot {
  if (typeof data === "string" || isBlob(data)) return data;
  if (ArrayBuffer.isView(data)) {
    const { buffer, byteOffset, byteLength } = data;
    const bytes = new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
    return isOwned && isFixed(buffer) ? bytes : bytes.slice();
  }
  if (isBuffer(data)) return isOwned && isFixed(data) ? data : data.slice(0);
  return `${data}`;
}

/** The bytes that a message puts on the wire. */
export function byteLength(message: string | ArrayBuffer | ArrayBufferView | Blob): number {
  if (typeof message === "string") return utf8Length(message);
  return isBlob(message) ? message.size : message.byteLength;
}

/**
 * What the statistics count: bytes, but a string's UTF-16 units, because finding its bytes would
 * mean to read all of it once more.
 */
export function roughSize(data: unknown): number {
  if (typeof data === "string") return data.length;
  const sized = data as { byteLength?: number; size?: number } | null | undefined;
  return sized?.byteLength ?? sized?.size ?? 0;
}

/** Lone surrogates count as the replacement character that is sent for them. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00) {
      bytes += 2;
      index++;
    } else bytes += 2;
  }
  return bytes;
}

function isBlob(data: unknown): data is Blob {
  return typeof Blob !== "undefined" && data instanceof Blob;
}

/** The platform sends no others, be they shared or resizable. */
function isFixed(buffer: ArrayBufferLike & { resizable?: boolean }): boolean {
  return isBuffer(buffer) && !buffer.resizable;
}

/** By name, for buffers of another realm. */
function isBuffer(data: unknown): data is ArrayBuffer {
  return Object.prototype.toString.call(data) === "[object ArrayBuffer]";
}
