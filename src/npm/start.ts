/** How the wasm modules start. Importing runs nothing, so that it is safe wherever code is only rendered. */

/** What starts a module whose bytes are part of the file, at its first use, and answers its exports. */
export function embedded<Exports>(
  initSync: (source: { module: WebAssembly.Module }) => Exports,
  bytes: () => Uint8Array<ArrayBuffer>,
): () => Exports {
  let exports: Exports | undefined;
  return () => {
    try {
      exports ??= initSync({ module: new WebAssembly.Module(bytes()) });
      return exports;
    } catch (error) {
      throw explainStart(error);
    }
  };
}

/** What kept a module from starting; a policy that forbids WebAssembly is called by its name. */
export function explainStart(error: unknown): unknown {
  const { name } = error as Error;
  if (name !== "CompileError" && name !== "EvalError") return error;
  const advice = "a Content-Security-Policy must allow it by 'wasm-unsafe-eval' in its script-src";
  return new Error(`everline: WebAssembly was refused here; ${advice}`, { cause: error });
}
