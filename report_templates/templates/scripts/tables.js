/* Tables sort by the values behind their cells and, where they are long, can be filtered. Without this script every
   table is complete; the buttons come with the script, so that nobody is offered one that does nothing. */
(() => {
  "use strict";
  const words = JSON.parse(document.getElementById("screen-words").textContent);
  const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });
  const LONG = 10;
  const news = document.getElementById("news");

  function filled(pattern, values) {
    return pattern.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }

  const UNITS = { 千: 1e3, 万: 1e4, 百万: 1e6, 億: 1e8, 兆: 1e12, k: 1e3, m: 1e6, bn: 1e9 };
  const NUMBER = /^[+¥$€£]*([-△▲−]?)[¥$€£]?(\d[\d,]*(?:\.\d+)?)\s*(千|百万|万|億|兆|k|m|bn)?[^\d]*$/i;
  const DATE = /^(\d{4})[-/年](\d{1,2})(?:[-/月](\d{1,2})日?)?$/;

  /* What a person reads as a number or a date: △1,200, 12.5%, 3.2億円, 41% (n=120), 2026/11/22; else null. */
  function readOff(text) {
    const plain = text.normalize("NFKC").trim();
    const date = DATE.exec(plain);
    if (date) return Number(date[1]) * 10000 + Number(date[2]) * 100 + Number(date[3] ?? 0);
    const found = NUMBER.exec(plain.replace(/\s*[([].*$/, ""));
    if (!found) return null;
    return (found[1] === "" ? 1 : -1) * Number(found[2].replaceAll(",", "")) * (UNITS[found[3]?.toLowerCase()] ?? 1);
  }

  function missing(cell) {
    const text = cell.textContent.trim();
    return text === "" || /^[-–—―]$/.test(text) || cell.classList.contains("missing");
  }

  /* Values behind the cells where there are any; numbers where every cell that says something is one, or where the
     column is one of numbers (a word in it, such as 算出不可, is a missing one); else the words. */
  function valuesOf(cells) {
    if (cells.some((cell) => "value" in cell.dataset)) {
      return cells.map((cell) => {
        if (!("value" in cell.dataset)) return null;
        const number = Number(cell.dataset.value);
        return Number.isNaN(number) ? cell.dataset.value : number;
      });
    }
    const read = cells.map((cell) => (missing(cell) ? null : readOff(cell.textContent)));
    const numbers = cells.every((cell) => cell.classList.contains("end")) && read.some((value) => value !== null);
    if (numbers || cells.every((cell, at) => missing(cell) || read[at] !== null)) return read;
    return cells.map((cell) => (missing(cell) ? null : cell.textContent.trim()));
  }

  function compare(one, other) {
    if (typeof one === "number" && typeof other === "number") return one - other;
    return collator.compare(String(one), String(other));
  }

  /* Missing values stay last in either direction: they are neither small nor large. */
  function ordered(rows, column, direction) {
    const values = valuesOf(rows.map((row) => row.cells[column]));
    const entries = rows.map((row, at) => ({ row, at, value: values[at] }));
    entries.sort((a, b) => {
      if (a.value === null || b.value === null) return (a.value === null) - (b.value === null) || a.at - b.at;
      return direction * compare(a.value, b.value) || a.at - b.at;
    });
    return entries.map((entry) => entry.row);
  }

  function sortable(table) {
    const body = table.tBodies[0];
    const original = [...body.rows];
    const heads = [...table.tHead.rows[0].cells];
    if (original.length < 2) return;
    // Paper gets the report's own order, whatever the reader has looked at.
    let shown = original;
    addEventListener("beforeprint", () => body.append(...original));
    addEventListener("afterprint", () => body.append(...shown));
    heads.forEach((head, column) => {
      const name = head.textContent.trim();
      if (name === "") return;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.title = filled(words.sort, { column: name });
      button.append(...head.childNodes);
      head.append(button);
      head.setAttribute("aria-sort", "none");
      const numbers = valuesOf(original.map((row) => row.cells[column])).some((value) => typeof value === "number");
      const turns = numbers ? ["descending", "ascending", "none"] : ["ascending", "descending", "none"];
      button.addEventListener("click", () => {
        const next = turns[(turns.indexOf(head.getAttribute("aria-sort")) + 1) % turns.length];
        for (const other of heads) if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
        head.setAttribute("aria-sort", next);
        shown = next === "none" ? original : ordered(original, column, next === "ascending" ? 1 : -1);
        body.append(...shown);
        news.textContent = filled(next === "none" ? words.unsorted : words[next], { column: name });
      });
    });
  }

  function filterable(table) {
    const rows = [...table.tBodies[0].rows];
    if (rows.length < LONG) return;
    const place = document.createElement("p");
    const label = document.createElement("label");
    const field = document.createElement("input");
    const count = document.createElement("span");
    place.className = "filter";
    field.type = "search";
    field.autocomplete = "off";
    count.setAttribute("role", "status");
    label.append(words.filter, " ", field);
    place.append(label, " ", count);
    (table.closest(".scroll") ?? table).before(place);
    field.addEventListener("input", () => {
      const wanted = field.value.normalize("NFKC").toLowerCase().trim();
      for (const row of rows) row.hidden = !row.textContent.normalize("NFKC").toLowerCase().includes(wanted);
      const shown = rows.filter((row) => !row.hidden).length;
      count.textContent = wanted === "" ? "" : filled(words.shown, { shown, all: rows.length });
    });
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      field.value = "";
      field.dispatchEvent(new Event("input"));
    });
  }

  function answering(table) {
    if (!table.tHead || !table.tBodies[0]) return;
    sortable(table);
    filterable(table);
  }

  for (const table of document.querySelectorAll("main table")) answering(table);
  document.addEventListener("portfolio-table", (event) => answering(event.detail));
})();
