// Leaves the headings that have each of the words, or stand on a page whose name has them.
"use strict";
(() => {
  const input = document.getElementById("words");
  const pages = [...document.querySelectorAll(".found > li")];
  const show = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const has = (text) => words.every((word) => text.toLowerCase().includes(word));
    let count = 0;
    for (const page of pages) {
      const name = page.querySelector("b").textContent;
      const headings = [...page.querySelectorAll("ul li")];
      for (const heading of headings) {
        heading.hidden = !has(`${name} ${heading.textContent}`);
        count += heading.hidden ? 0 : 1;
      }
      page.hidden = headings.every((heading) => heading.hidden) && !has(name);
    }
    document.getElementById("number").textContent = `${count} ${count === 1 ? "heading" : "headings"}`;
  };
  input.addEventListener("input", show);
  document.getElementById("finder").hidden = false;
  show();
})();
