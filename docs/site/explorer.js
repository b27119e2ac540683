// Shows what the page holds: a choice leads to a row of answers, and each answer is an element to copy.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("answers").textContent);
  const texts = document.getElementById("distinct").content.children;
  const levels = document.getElementById("levels").content.children;
  const form = document.getElementById("picker");
  const get = (id) => document.getElementById(id);
  const profile = ["role", "size", "capability"];
  const titles = new Map([...form.elements.access.options].map((option) => [option.value, option.textContent]));
  const words = new Map(data.kind_words);

  // The number of a row, and the letters of what changed from one level to another.
  const place = (names, chosen) =>
    names.reduce((at, name) => at * data.choices[name].length + data.choices[name].indexOf(chosen[name]), 0);
  const rowOf = (chosen) => data.combinations[place(["access", ...profile], chosen)];
  const lettersOf = (chosen) => {
    const count = data.choices.access.length;
    const [role, before, after] = ["role", "from", "access"].map((name) =>
      data.choices[name === "from" ? "access" : name].indexOf(chosen[name]),
    );
    return data.kinds[data.changes[(role * count + before) * count + after]];
  };

  const readAddress = () => {
    const given = new URLSearchParams(location.hash.slice(1));
    const chosen = { ...data.start };
    for (const name of Object.keys(chosen)) {
      const allowed = data.choices[name === "from" ? "access" : name];
      if (allowed.includes(given.get(name))) chosen[name] = given.get(name);
    }
    return chosen;
  };
  const readForm = () => Object.fromEntries(Object.keys(data.start).map((name) => [name, form.elements[name].value]));
  const address = (chosen) => "#" + new URLSearchParams(chosen);

  // --- showing --------------------------------------------------------------------------------------------------

  const showItems = (row, letters) => {
    const counts = { l: 0, w: 0, k: 0, g: 0 };
    const items = row.map((number, at) => {
      const item = texts[number].cloneNode(true);
      item.id = item.dataset.id;
      if (item.dataset.part === "not-asked") return item;
      counts[letters[at]] += 1;
      const tag = item.querySelector(".change");
      tag.hidden = letters[at] === "k";
      tag.textContent = tag.hidden ? "" : words.get(letters[at]);
      return item;
    });
    items.sort((one, other) => one.dataset.rank - other.dataset.rank);
    for (const section of document.querySelectorAll("section.part")) {
      const own = items.filter((item) => section.id === "part-" + item.dataset.part);
      section.hidden = own.length === 0;
      section.querySelector(".count").textContent = own.length;
      section.querySelector(".items").replaceChildren(...own);
    }
    for (const count of document.querySelectorAll("[data-kind]")) count.textContent = counts[count.dataset.kind];
  };

  const showLadder = (chosen) => {
    for (const link of document.querySelectorAll(".ladder a")) {
      const number = rowOf({ ...chosen, access: link.dataset.access });
      const answers = data.rows[number].map((one) => texts[one].dataset).sort((one, other) => one.rank - other.rank);
      link.querySelectorAll("i").forEach((block, at) => {
        block.className = answers[at].mark + ("required" in answers[at] ? " required" : "");
      });
      link.querySelector(".said").textContent = data.summaries[number];
      mark(link, chosen);
    }
  };
  const mark = (link, chosen) => {
    link.href = address({ ...chosen, access: link.dataset.access });
    if (link.dataset.access === chosen.access) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  };

  const showMap = (chosen) => {
    const rows = data.choices.access.map((access) => data.rows[rowOf({ ...chosen, access })]);
    document.querySelectorAll(".map thead a").forEach((link) => {
      mark(link, chosen);
      link.parentElement.classList.toggle("chosen", link.dataset.access === chosen.access);
    });
    document.querySelectorAll(".map tbody tr").forEach((line, safeguard) => {
      line.querySelectorAll("td").forEach((cell, level) => {
        const answer = texts[rows[level][safeguard]].dataset;
        const required = "required" in answer;
        cell.className = answer.mark + (required ? " required" : "");
        cell.classList.toggle("chosen", data.choices.access[level] === chosen.access);
        cell.firstElementChild.textContent = data.marks[answer.mark] + (required ? ", required" : "");
      });
    });
    const [role, size, capability] = profile.map((name) => form.elements[name].selectedOptions[0].textContent);
    get("profile").textContent = `${role}, size ${size.toLowerCase()}, capability ${capability.toLowerCase()}.`;
  };

  const showHints = (chosen) => {
    for (const name of Object.keys(chosen)) {
      get("about-" + name).textContent = data.about[name === "from" ? "access" : name][chosen[name]];
    }
  };

  const show = (chosen) => {
    for (const [name, value] of Object.entries(chosen)) form.elements[name].value = value;
    const number = rowOf(chosen);
    showItems(data.rows[number], lettersOf(chosen));
    get("sum").textContent = `${titles.get(chosen.access)}: ${data.summaries[number]}`;
    get("compared").textContent = titles.get(chosen.from);
    const open = get("level").querySelector("details").open;
    get("level").replaceChildren(...levels[data.choices.access.indexOf(chosen.access)].cloneNode(true).childNodes);
    get("level").querySelector("details").open = open;
    showHints(chosen);
    showLadder(chosen);
    showMap(chosen);
  };

  form.addEventListener("change", () => {
    history.replaceState(null, "", address(readForm()));
    show(readForm());
  });
  addEventListener("hashchange", () => {
    if (location.hash.includes("=")) show(readAddress());
  });
  document.documentElement.classList.add("scripted");
  form.hidden = false;
  show(location.hash.includes("=") ? readAddress() : { ...data.start });
})();
