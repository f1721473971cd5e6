// Imports a module of the component in Node, bundled as in the component.
import { build } from "esbuild";
import { join } from "node:path";

export async function bundled(path) {
  const built = await build({
    entryPoints: [join(import.meta.dirname, "../src", path)],
    bundle: true,
    format: "esm",
    conditions: ["source"],
    loader: { ".css": "empty" },
    write: false,
  });
  return import(`data:text/javascript;base64,${Buffer.from(built.outputFiles[0].contents).toString("base64")}`);
}
