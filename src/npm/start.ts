/** How the wasm modules start. Importing runs nothing, so that it is safe wherever code is only rendered. */

/** What starts a module whose bytes are part of the file: once, at its first use. */
export function embedded(
  initSync: (source: { module: Uint8Array<ArrayBuffer> }) => unknown,
  bytes: () => Uint8Array<ArrayBuffer>,
): () => void {
  let start: (() => void) | undefined = () => {
    try {
      initSync({ module: bytes() });
    } catch (error) {
      throw explainStart(error);
    }
  };
  return () => {
    start?.();
    start = undefined;
  };
}

/** What kept a module from starting; a policy that forbids WebAssembly is called by its name. */
export function explainStart(error: unknown): unknown {
  const { name } = error as Error;
  if (name !== "CompileError" && name !== "EvalError") return error;
  const advice = "a Content-Security-Policy must allow it by 'wasm-unsafe-eval' in its script-src";
  return new Error(`everline: WebAssembly was refused here; ${advice}`, { cause: error });
}
