// Compiles Python for the browser with the very Python that will run there: a browser would take seconds for it.
// Called by build.py with the folder to work in, which it has laid out.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [folder] = process.argv.slice(2);
const runtime = resolve(folder, "node_modules", "pyodide");
const { loadPyodide } = await import(pathToFileURL(resolve(runtime, "pyodide.mjs")));
const python = await loadPyodide({ indexURL: runtime });
python.mountNodeFS("/work", resolve(folder));
python.runPython(readFileSync(new URL("compile.py", import.meta.url), "utf8"));
