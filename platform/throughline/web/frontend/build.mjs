// Compile the page assets into web/static/dist: hashed names, and a manifest that maps plain names to them.
// Fonts keep stable names under dist/fonts, because the PDF pipeline reads them there.
import { createHash } from "node:crypto";
import { cp, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../../../..");
const modules = join(root, "node_modules");
const final = resolve(here, "../static/dist");
const target = `${final}.building`;
const version = createRequire(import.meta.url)("nhsuk-frontend/package.json").version;

const FONTS = [400, 600, 700];
const IMAGES = ["mark.svg", "icon.svg"];
const manifest = {};

await rm(target, { recursive: true, force: true });
await mkdir(join(target, "fonts"), { recursive: true });

async function keep(name, content) {
  const digest = createHash("sha256").update(content).digest("hex").slice(0, 12);
  const dot = name.lastIndexOf(".");
  const hashed = `${name.slice(0, dot)}.${digest}${name.slice(dot)}`;
  await writeFile(join(target, hashed), content);
  manifest[name] = hashed;
  return hashed;
}

async function fonts() {
  for (const weight of FONTS) {
    const source = join(modules, `@fontsource/source-sans-3/files/source-sans-3-latin-${weight}-normal.woff2`);
    await cp(source, join(target, `fonts/source-sans-3-${weight}.woff2`));
  }
  await cp(join(modules, "@fontsource/source-sans-3/LICENSE"), join(target, "fonts/LICENSE"));
}

async function styles() {
  const { css } = await sass.compileAsync(join(here, "styles/throughline.scss"), {
    style: "compressed",
    loadPaths: [join(modules, "nhsuk-frontend/dist/nhsuk")],
    quietDeps: true,
    importers: [{ findFileUrl: (url) => (url.startsWith("~") ? pathToFileURL(join(modules, url.slice(1))) : null) }],
  });
  if (/frutiger|assets\.nhs\.uk/i.test(css)) throw new Error("the compiled style mentions a font we may not use");
  await keep("throughline.css", css);
}

async function scripts() {
  const library = await readFile(join(modules, `nhsuk-frontend/dist/nhsuk/nhsuk-frontend-${version}.min.js`), "utf8");
  const nhsuk = await keep("nhsuk-frontend.js", library.replace(/\/\/# sourceMappingURL=.*\s*$/, ""));
  const htmx = await readFile(join(modules, "htmx.org/dist/htmx.min.js"), "utf8");
  await keep("htmx.js", htmx.replace(/\/\/# sourceMappingURL=.*\s*$/, ""));
  const app = await readFile(join(here, "scripts/app.js"), "utf8");
  await keep("app.js", app.replace('"nhsuk-frontend"', `"./${nhsuk}"`));
}

async function images() {
  for (const name of IMAGES) await keep(name, await readFile(join(here, "images", name)));
}

await fonts();
await styles();
await scripts();
await images();
await writeFile(join(target, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
// Swap at the end: a running server never sees a half-built folder.
await rm(final, { recursive: true, force: true });
await rename(target, final);
console.log(`Built ${Object.keys(manifest).length} assets and ${FONTS.length} fonts.`);
