// Runs the program in a thread of its own, so that the page stays responsive. All it loads lies beside it.
import { loadPyodide } from "./pyodide.mjs";

const beside = new URL(".", import.meta.url).href;
const program = loadProgram();

self.onmessage = async ({ data: { id, name, plan, options } }) => {
  try {
    const check = await program;
    self.postMessage({ id, result: JSON.parse(check(name, plan, options)) });
  } catch (error) {
    self.postMessage({ id, failure: String(error?.message ?? error) });
  }
};

program.then(() => self.postMessage({ ready: true })).catch(() => {}); // the first check says what was wrong

async function loadProgram() {
  const archive = loadArchive("packages.zip");
  const python = await loadPyodide({ indexURL: beside, packageBaseUrl: beside });
  python.unpackArchive(await archive, "zip", { extractDir: "/app" });
  python.runPython("import sys; sys.path.insert(0, '/app')");
  const run = python.pyimport("run");
  run.lay_out();
  return (name, plan, options) => run.check(name, python.toPy(plan), options);
}

async function loadArchive(name) {
  const response = await fetch(beside + name);
  if (!response.ok) throw new Error(`${name} could not be loaded: ${response.status}`);
  return response.arrayBuffer();
}
