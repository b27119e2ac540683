// The program in a worker: asks it for checks, and ends it where one takes too long.
const LONGEST = 30_000; // milliseconds for a check, which takes a part of a second; loading takes what the line takes

export class Checker {
  #runtime;
  #longest;
  #worker = null;
  #isReady = false;
  #asked = new Map();
  #number = 0;

  // `runtime` is the folder with worker.js.
  constructor(runtime, longest = LONGEST) {
    this.#runtime = new URL(runtime, document.baseURI).href;
    this.#longest = longest;
  }

  // Resolves to what the program printed and wrote, and its exit code. `plan` is bytes, as a file has them.
  check(name, plan, options) {
    this.#worker ??= this.#startWorker();
    const id = ++this.#number;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      if (this.#isReady) this.#limitTime(id);
      this.#worker.postMessage({ id, name, plan, options: JSON.stringify(options) });
    });
  }

  // Ends the worker, whatever it does. The next check starts another.
  stop(why = "stopped") {
    this.#worker?.terminate();
    this.#worker = null;
    this.#isReady = false;
    for (const id of [...this.#asked.keys()]) this.#answer({ id, failure: why });
  }

  #startWorker() {
    // A worker from a file of its own would not be held to the policy of the page; one from a blob is.
    const code = `import ${JSON.stringify(this.#runtime + "worker.js")};`;
    const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    const worker = new Worker(url, { type: "module" });
    worker.onmessage = ({ data }) => this.#listen(data);
    worker.onerror = () => this.stop("the program could not be loaded");
    return worker;
  }

  #listen(told) {
    if (told.ready) {
      this.#isReady = true;
      for (const id of this.#asked.keys()) this.#limitTime(id);
    } else if (told.failure !== undefined) {
      this.stop(told.failure); // it would fail again
    } else {
      this.#answer(told);
    }
  }

  #limitTime(id) {
    const end = () => this.stop(`stopped after ${this.#longest / 1000} seconds`);
    this.#asked.get(id).timer = setTimeout(end, this.#longest);
  }

  #answer({ id, result, failure }) {
    const { resolve, reject, timer } = this.#asked.get(id) ?? {};
    clearTimeout(timer);
    this.#asked.delete(id);
    if (failure === undefined) resolve?.(result);
    else reject?.(new Error(failure));
  }
}
