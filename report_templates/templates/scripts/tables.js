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

  /* A number where the cell has one, else its words; null where the value is missing. */
  function valueOf(cell, valued) {
    if (valued) {
      if (!("value" in cell.dataset)) return null;
      const number = Number(cell.dataset.value);
      return Number.isNaN(number) ? cell.dataset.value : number;
    }
    const text = cell.textContent.trim();
    return text === "" || text === "—" || cell.classList.contains("missing") ? null : text;
  }

  function compare(one, other) {
    if (typeof one === "number" && typeof other === "number") return one - other;
    return collator.compare(String(one), String(other));
  }

  /* Missing values stay last in either direction: they are neither small nor large. */
  function ordered(rows, column, direction) {
    const cells = rows.map((row) => row.cells[column]);
    const valued = cells.some((cell) => "value" in cell.dataset);
    const entries = rows.map((row, at) => ({ row, at, value: valueOf(cells[at], valued) }));
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
      const numbers = original.some((row) => !Number.isNaN(Number(row.cells[column].dataset.value ?? "x")));
      const turns = numbers ? ["descending", "ascending", "none"] : ["ascending", "descending", "none"];
      button.addEventListener("click", () => {
        const next = turns[(turns.indexOf(head.getAttribute("aria-sort")) + 1) % turns.length];
        for (const other of heads) if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
        head.setAttribute("aria-sort", next);
        const rows = next === "none" ? original : ordered(original, column, next === "ascending" ? 1 : -1);
        body.append(...rows);
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

  for (const table of document.querySelectorAll("main table")) {
    if (!table.tHead || !table.tBodies[0]) continue;
    sortable(table);
    filterable(table);
  }
})();
