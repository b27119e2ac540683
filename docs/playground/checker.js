// The program in a worker: asks it for checks, and ends it where one takes too long.
const LONGEST = 60_000; // milliseconds; a check takes one second, and loading takes some

export class Checker {
  #runtime;
  #worker = null;
  #asked = new Map();
  #number = 0;

  // `runtime` is the folder with worker.js.
  constructor(runtime) {
    this.#runtime = new URL(runtime, document.baseURI).href;
  }

  // Resolves to what the program printed and wrote, and its exit code. `plan` is bytes, as a file has them.
  check(name, plan, options) {
    this.#worker ??= this.#startWorker();
    const id = ++this.#number;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.stop(`stopped after ${LONGEST / 1000} seconds`), LONGEST);
      this.#asked.set(id, { resolve, reject, timer });
      this.#worker.postMessage({ id, name, plan, options: JSON.stringify(options) });
    });
  }

  // Ends the worker, whatever it does. The next check starts another.
  stop(why = "stopped") {
    this.#worker?.terminate();
    this.#worker = null;
    for (const id of [...this.#asked.keys()]) this.#answer({ id, failure: why });
  }

  #startWorker() {
    // A worker from a file of its own would not be held to the policy of the page; one from a blob is.
    const code = `import ${JSON.stringify(this.#runtime + "worker.js")};`;
    const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    const worker = new Worker(url, { type: "module" });
    worker.onmessage = ({ data }) => this.#answer(data);
    worker.onerror = () => this.stop("the program could not be loaded");
    return worker;
  }

  #answer({ id, result, failure }) {
    const { resolve, reject, timer } = this.#asked.get(id) ?? {};
    clearTimeout(timer);
    this.#asked.delete(id);
    if (failure === undefined) resolve?.(result);
    else reject?.(new Error(failure));
  }
}
