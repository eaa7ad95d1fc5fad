// The bundlers, with nothing configured but what goes in and where it comes out.

import { cpSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import nodeResolve from "@rollup/plugin-node-resolve";
import { build as esbuild } from "esbuild";
import { rollup } from "rollup";
import { createLogger, createServer, build as vite } from "vite";
import webpack from "webpack";
import { program, project, runIn } from "./project.mjs";

const app = join(project, "app");
// It tells its progress past the logger, in the middle of what Node's test runner says to itself.
const viteConfig = { root: app, configFile: false, logLevel: "silent" };

for (const script of readdirSync(app)) {
  const html = `<!doctype html><link rel="icon" href="data:,"><title></title>
    <script type="module" src="./${script}"></script>`;
  writeFileSync(join(app, script.replace(".js", ".html")), html);
}

/** Each builds a page of app/ into a folder, and resolves to what it warned of. */
export const bundlers = {
  vite: async (page, outDir) => {
    const [customLogger, warnings] = viteLogger();
    const input = join(app, `${page}.html`);
    const build = { outDir, emptyOutDir: true, rolldownOptions: { input } };
    await vite({ ...viteConfig, base: "./", build, customLogger });
    return warnings;
  },

  webpack: async (page, path) => {
    const config = { mode: "production", context: app, entry: `./${page}.js` };
    const output = { path, filename: `${page}.js` };
    const stats = await new Promise((resolve, reject) => {
      webpack({ ...config, output }, (error, stats) => (error ? reject(error) : resolve(stats)));
    });
    copyPage(page, path);
    const { errors, warnings } = stats.toJson({ errors: true, warnings: true });
    return [...errors, ...warnings].map(({ message }) => message);
  },

  esbuild: async (page, outdir) => {
    const entryPoints = [join(app, `${page}.js`)];
    const options = { bundle: true, format: "esm", minify: true, logLevel: "silent" };
    const { warnings } = await esbuild({ entryPoints, outdir, ...options });
    copyPage(page, outdir);
    return warnings.map(({ text }) => text);
  },

  rollup: async (page, dir) => {
    const warnings = [];
    const onLog = (level, { message }) => level === "warn" && warnings.push(message);
    const bundle = await rollup({
      input: join(app, `${page}.js`),
      plugins: [nodeResolve()],
      onLog,
    });
    await bundle.write({ dir, format: "es" });
    await bundle.close();
    copyPage(page, dir);
    return warnings;
  },

  parcel: async (page, out) => {
    const folders = ["--dist-dir", out, "--cache-dir", join(project, "parcel-cache")];
    const options = ["--public-url", "./", "--no-source-maps", "--no-autoinstall"];
    const build = ["build", `${page}.html`, ...folders, ...options];
    const { stdout, stderr } = await runIn("app", program("parcel"), build);
    return [...stdout.matchAll(/^.*(?:⚠|warning).*$/gim), ...stderr.matchAll(/^.+$/gm)].flat();
  },
};

/** Vite's development server, and what it warns of. */
export async function startVite() {
  const [customLogger, warnings] = viteLogger();
  const listen = { host: "127.0.0.1", port: 0 };
  const server = await createServer({ ...viteConfig, server: listen, customLogger });
  await server.listen();
  return { url: server.resolvedUrls.local[0], warnings, close: () => server.close() };
}

function viteLogger() {
  const warnings = [];
  const logger = createLogger("silent");
  logger.warn = logger.warnOnce = logger.error = (message) => warnings.push(message);
  return [logger, warnings];
}

/** What other bundlers leave to whoever writes the page. */
function copyPage(page, folder) {
  cpSync(join(app, `${page}.html`), join(folder, `${page}.html`));
}
