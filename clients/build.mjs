// Builds the component: node build.mjs [FOLDER]. The same sources give the same bytes on every machine. Without a folder it
// writes the files that are committed, and their integrity value into the guide.
import { build, transform } from "esbuild";
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";

const here = import.meta.dirname;
const committed = join(here, "../src/glossator/web/built");
const out = resolve(process.argv[2] ?? committed);
const guide = join(here, "../docs/embedding.md");
/** Bytes that a page may load, compressed, before a reader opens the component. */
const FIRST_LOAD = 40_000;
/** What is loaded when a reader needs it: its name and its module. */
const PARTS = { code: "code", feedback: "feedback/feedback", math: "math" };
const LICENSES = "widget-licenses.txt";
const banner = `/*! Glossator, MIT. Licences of the packages in this file: ${LICENSES} */`;

/** Style sheets become strings. */
const styleSheets = {
  name: "style-sheets",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const css = await transform(await readFile(path, "utf8"), { loader: "css", minify: true, target: "es2022" });
      return { contents: css.code, loader: "text" };
    }),
};

/**
 * Of marked, only the lexer. Its module also creates a parser that nothing here uses; esbuild keeps it, as creating it
 * may have effects. The classes behind the lexer begin with the renderer.
 */
const lexerAlone = {
  name: "lexer-alone",
  setup: ({ onLoad }) =>
    onLoad({ filter: /marked\.esm\.js$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      const [before] = text.split(/(?:var |,)[\w$]+=class\{options;parser;/);
      const names = text.match(/[\w$]+ as (?:Lexer|Tokenizer)\b/g) ?? [];
      if (before === text || names.length !== 2) throw new Error(`${path} has another shape: adapt lexerAlone.`);
      return { contents: `${before};export{${names}};` };
    }),
};

async function bundle(name, entry, options) {
  const built = await build({
    entryPoints: [`widget/src/${entry}.ts`],
    absWorkingDir: here,
    bundle: true,
    minify: true,
    target: "es2022",
    charset: "ascii",
    conditions: ["source"],
    legalComments: "none",
    banner: { js: banner },
    metafile: true,
    write: false,
    plugins: [styleSheets, lexerAlone],
    ...options,
  });
  const text = built.outputFiles[0].text;
  return { text, packages: packagesOf(built.metafile), ...addressOf(name, text) };
}

function addressOf(part, text) {
  const name = part === "" ? "widget" : `widget-${part}`;
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 16);
  return { file: `${name}-${hash}.js`, integrity: integrityOf(text) };
}

function integrityOf(text) {
  return `sha384-${createHash("sha384").update(text).digest("base64")}`;
}

function packagesOf(metafile) {
  const found = Object.keys(metafile.inputs).map((input) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1]);
  return found.filter((name) => name !== undefined);
}

async function licenseOf(name) {
  const folder = join(here, "node_modules", name);
  const { version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const file = (await readdir(folder)).find((file) => /^licen[cs]e/i.test(file));
  if (file === undefined) throw new Error(`${name} has no licence file: read its terms, then add them here.`);
  return `${name} ${version} (${license})\n\n${(await readFile(join(folder, file), "utf8")).trim()}\n`;
}

const parts = {};
for (const [name, entry] of Object.entries(PARTS)) parts[name] = await bundle(name, entry, { format: "esm" });
const addresses = Object.fromEntries(Object.entries(parts).map(([name, { file, integrity }]) => [name, { file, integrity }]));
const widget = await bundle("", "index", { format: "iife", define: { PARTS: JSON.stringify(addresses) } });

// A site may serve the script without a charset; modules are always UTF-8. esbuild does not escape regular expressions.
const beyond = /.{0,40}[^\x00-\x7f]/.exec(widget.text);
if (beyond) throw new Error(`widget.js is not ASCII: ${beyond[0]}`);

const compressed = gzipSync(widget.text, { level: 9 }).length;
if (compressed > FIRST_LOAD) throw new Error(`widget.js has ${compressed} bytes compressed, more than ${FIRST_LOAD}.`);

const partFiles = Object.fromEntries(Object.entries(parts).map(([name, part]) => [`${name}.js`, part]));
const scripts = { "widget.js": widget, ...partFiles };
const packages = [...new Set(Object.values(scripts).flatMap((file) => file.packages))].sort();
const licenses = (await Promise.all(packages.map(licenseOf))).join(`\n${"-".repeat(80)}\n\n`);
const files = { ...scripts, "licenses.txt": { text: licenses, file: LICENSES, integrity: integrityOf(licenses) } };
const manifest = Object.fromEntries(
  Object.entries(files).map(([name, { file, integrity }]) => [name, { address: file, integrity }]),
);

await mkdir(out, { recursive: true });
await Promise.all([
  ...Object.entries(files).map(([name, { text }]) => writeFile(join(out, name), text)),
  writeFile(join(out, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`),
]);

if (out === committed) {
  const text = await readFile(guide, "utf8");
  const pinned = `${widget.file}" integrity="${widget.integrity}"`;
  await writeFile(guide, text.replace(/widget-[0-9a-f]{16}\.js" integrity="[^"]+"/, () => pinned));
}
