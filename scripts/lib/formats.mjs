// Other forms of a bundled ES module that imports nothing: only its last statement, the exports,
// differs. The bundler's own conversion brings helpers along that weigh 300 bytes.

/** For `require`, in Node. The mark tells compilers that `default` is the default export. */
export function asCommonModule(module) {
  const { code, exports } = split(module.replaceAll("import.meta.url", '"file://"+__filename'));
  const mark = 'Object.defineProperty(module.exports,"__esModule",{value:!0});';
  return `"use strict";${code}module.exports={${exports}};${mark}\n`;
}

/** For a `<script>` tag: one global variable. */
export function asScript(module, name) {
  const { code, exports } = split(module);
  return `var ${name}=(()=>{"use strict";${code}return{${exports}}})();\n`;
}

function split(module) {
  const [statement, list] = module.match(/export\s*\{([^}]*)\};\s*$/);
  const exports = list.split(",").map((entry) => {
    const [local, name = local] = entry.trim().split(" as ");
    return `${name}:${local}`;
  });
  return { code: module.slice(0, -statement.length), exports: exports.join(",") };
}
