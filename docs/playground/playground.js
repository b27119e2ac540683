// The page: editor, options, verdict and reports. What decides is the program, which checker.js runs.
import { Checker } from "./checker.js";

const OWN = "release.plan.yaml";
const PAUSE = 700; // milliseconds without a key before the plan is checked
const SHOWN = 10; // places of a list that is folded
const WORDS = { 0: "PASS", 1: "FAIL", 2: "NOT EVALUATED", 3: "NOTHING TO EVALUATE" };

const page = Object.fromEntries([...document.querySelectorAll("[id]")].map((element) => [element.id, element]));
const examples = JSON.parse(page.examples.textContent);
const checker = new Checker(document.body.dataset.runtime);

let own = examples[page.example.value] ?? page.plan.value;
let isLoaded = false;
let latest = 0;
let pause;

// --- the editor

function numberLines(marked = new Map()) {
  const count = page.plan.value.split("\n").length;
  page.numbers.replaceChildren(
    ...Array.from({ length: count }, (_, index) => {
      const line = document.createElement("span");
      line.textContent = `${index + 1}\n`;
      if (marked.has(index + 1)) line.className = marked.get(index + 1);
      return line;
    }),
  );
  scrollNumbers();
}

function scrollNumbers() {
  page.numbers.scrollTop = page.plan.scrollTop;
}

function showText(text) {
  page.plan.value = text;
  page.plan.scrollTop = 0;
  numberLines();
}

// Goes to a place of the plan. The program counts characters, a text area the units of UTF-16.
function goTo(line, column) {
  const lines = page.plan.value.split("\n");
  const text = lines[line - 1] ?? "";
  const before = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const start = before + [...text].slice(0, column - 1).join("").length;
  page.plan.focus();
  page.plan.setSelectionRange(start, before + text.length);
  const height = parseFloat(getComputedStyle(page.plan).lineHeight);
  page.plan.scrollTop = Math.max(0, (line - 4) * height);
  page.plan.scrollLeft = 0;
}

// --- a check

function nameOptions() {
  const options = ["--as-of", page.day.value];
  if (page.catalog.selectedIndex > 0) options.push("--catalog", page.catalog.value);
  if (page.strict.checked) options.push("--strict");
  return options;
}

async function check() {
  clearTimeout(pause);
  if (!page.day.reportValidity()) return;
  const turn = ++latest;
  const asked = { name: page.example.value || OWN, text: page.plan.value, options: nameOptions() };
  showBusy(true);
  try {
    const result = await checker.check(asked.name, new TextEncoder().encode(asked.text), asked.options);
    isLoaded = true;
    if (turn === latest) showResult(asked, result);
  } catch (error) {
    isLoaded = false;
    if (turn === latest) showFailure(error.message);
  }
  if (turn === latest) showBusy(false);
}

function checkSoon() {
  clearTimeout(pause);
  if (isLoaded) pause = setTimeout(check, PAUSE);
}

function showBusy(busy) {
  page.stop.hidden = !busy;
  page.state.textContent = busy ? (isLoaded ? "Checking …" : "Loading the program, some seconds …") : "";
  if (!busy) page.check.textContent = isLoaded ? "Check" : "Load the program and check";
}

// --- what came of it

function showFailure(why) {
  showVerdict("", `Not checked: ${why}. The button loads the program again.`);
  page.places.hidden = page.reports.hidden = true;
}

function showResult(asked, result) {
  const report = result.json ? JSON.parse(result.json) : null;
  const places = report ? listFindings(report, asked.name) : listFaults(result.said, asked.name);
  showVerdict(WORDS[result.code] ?? "INTERNAL ERROR", report ? wordHeadline(report) : wordFaults(result));
  showPlaces(places, report ? "Errors and warnings" : "Faults");
  page.reports.hidden = !report;
  if (report) showReports(asked, result);
}

function wordHeadline({ plans, overall }) {
  if (overall) return `By all: ${overall[0].catalogs.map(wordCatalog).join(", ")}.`;
  const text = plans[0].verdict.headline.replace(/^[A-Z]+: /, "");
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}

function wordCatalog({ catalog, asked, passed, gates }) {
  if (!asked) return `${catalog} not asked`;
  return `${catalog} ${passed ? "PASS" : "FAIL"}${gates ? "" : " (does not gate)"}`;
}

function wordFaults({ code, said }) {
  return code === 2 ? "The plan has faults, so nothing was judged." : said.replace(/^\w+: /, "");
}

function showVerdict(word, text) {
  const kind = { PASS: "pass", FAIL: "fail" }[word] ?? "none";
  const headline = makeElement("p", "headline", text);
  page.verdict.className = `verdict ${kind}`;
  page.verdict.replaceChildren(...(word ? [makeElement("p", "word", word)] : []), headline);
}

// The faults that the program printed: `path:line:column: message`, the line itself, and `  = hint`.
function listFaults(said, name) {
  const faults = [];
  for (const text of said.split("\n")) {
    const place = text.startsWith(`${name}:`) && text.slice(name.length).match(/^:(\d+):(\d+): (.*)$/);
    if (place) faults.push({ line: +place[1], column: +place[2], level: "error", text: place[3], hint: "" });
    else if (text.startsWith("  = ") && faults.length) faults.at(-1).hint = text.slice(4);
    else if (/^(\.\.\.|error:|aisafe:)/.test(text)) faults.push({ level: "error", text, hint: "" });
  }
  return faults;
}

function listFindings({ plans }, name) {
  const found = plans.flatMap((plan) => [
    ...plan.findings.map((finding) => ({ ...finding, text: wordFinding(finding, plan) })),
    ...plan.plan_findings.map((finding) => ({ ...finding, text: finding.message })),
  ]);
  return found
    .filter(({ level, location }) => level !== "note" && location.path === name)
    .sort((one, other) => rank(one) - rank(other) || one.location.line - other.location.line)
    .map(({ location: { line, column }, level, text, remedy }) => ({ line, column, level, text, hint: remedy }));
}

const rank = ({ level }) => (level === "error" ? 0 : 1);

function wordFinding({ safeguard, title, outcome }, plan) {
  const by = plan.guidance ? `${plan.guidance} ` : "";
  return `${by}${safeguard} ${title}: ${outcome.replaceAll("_", " ")}`;
}

function showPlaces(places, heading) {
  page.places.hidden = !places.length;
  page["places-heading"].textContent = `${heading} (${places.length})`;
  page.list.replaceChildren(...places.map(makePlace));
  page.more.textContent = `Show all ${places.length}`;
  foldList(places.length > SHOWN);
  const marked = new Map();
  for (const { line, level } of [...places].reverse()) marked.set(line, level);
  numberLines(marked);
}

function foldList(folded) {
  for (const item of [...page.list.children].slice(SHOWN)) item.hidden = folded;
  page.more.hidden = !folded;
}

function makePlace({ line, column, level, text, hint }) {
  const item = makeElement("li", level);
  if (line) {
    const button = makeElement("button", "place", `Line ${line}, column ${column}`);
    button.type = "button";
    button.addEventListener("click", () => goTo(line, column));
    item.append(button, " ");
  }
  item.append(makeElement("span", "level", level), " ", ...markCode(text));
  if (hint) item.append(makeElement("p", "hint"));
  if (hint) item.lastChild.append(...markCode(hint));
  return item;
}

// What stands between backquotes is code, in messages of the program.
function markCode(text) {
  return text.split(/`([^`]+)`/).map((part, index) => (index % 2 ? makeElement("code", "", part) : part));
}

function makeElement(tag, kind, text = "") {
  const element = document.createElement(tag);
  element.className = kind;
  element.textContent = text;
  return element;
}

// --- reports

function showReports(asked, result) {
  page.report.srcdoc = result.html.replace(/ href="https?:[^"]*"/g, ""); // the preview leads nowhere
  page.table.textContent = result.table;
  page.json.textContent = result.json;
  offerFile(page["save-html"], result.html, "text/html", asked.name.replace(/\.plan\.yaml$/, ".html"));
  offerFile(page["save-json"], result.json, "application/json", asked.name.replace(/\.plan\.yaml$/, ".json"));
  offerFile(page["save-plan"], asked.text, "text/plain", asked.name);
  page.command.textContent = ["aisafe check", asked.name, ...asked.options].join(" ");
}

function offerFile(link, text, type, name) {
  URL.revokeObjectURL(link.href);
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
}

function chooseTab(chosen) {
  for (const tab of document.querySelectorAll("[role=tab]")) {
    tab.setAttribute("aria-selected", tab === chosen);
    tab.tabIndex = tab === chosen ? 0 : -1;
    page[tab.getAttribute("aria-controls")].hidden = tab !== chosen;
  }
}

function moveTab(event) {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const next = tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length];
  chooseTab(next);
  next.focus();
}

// --- how it begins

page.plan.addEventListener("scroll", scrollNumbers);
page.plan.addEventListener("input", () => {
  own = page.plan.value;
  page.example.value = "";
  numberLines();
  checkSoon();
});
page.plan.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) check();
});
page.example.addEventListener("change", () => {
  showText(page.example.value ? examples[page.example.value] : own);
  checkSoon();
});
for (const option of [page.catalog, page.day, page.strict]) option.addEventListener("change", checkSoon);
page.check.addEventListener("click", check);
page.more.addEventListener("click", () => {
  foldList(false);
  page.list.children[SHOWN].querySelector("button")?.focus();
});
page.stop.addEventListener("click", () => checker.stop());
for (const tab of document.querySelectorAll("[role=tab]")) {
  tab.addEventListener("click", () => chooseTab(tab));
  tab.addEventListener("keydown", moveTab);
}
page.day.value = new Date().toISOString().slice(0, 10); // a day of UTC, as the program has it
showText(own);
