/* Charts answer the pointer and the arrow keys. The drawing is the printed one; each mark carries what it tells (its
   name, then lines of a measure and its number, divided by a tab), and the caption says the unit, measure and period. */
(() => {
  "use strict";
  const words = JSON.parse(document.getElementById("screen-words").textContent);
  const tip = document.createElement("div");
  const GAP = 10;
  const REACH = 14; // CSS pixels from a mark up to which it still answers: fingers are wider than points
  const MANY = 12; // marks from which a search within the chart helps
  let pointed = null;
  tip.className = "tip screen";
  tip.hidden = true;
  document.body.append(tip);

  function filled(pattern, values) {
    return pattern.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }

  function lines(mark) {
    const [name, ...rest] = mark.dataset.tip.split("\n");
    return { name, numbers: rest.map((line) => line.split("\t")) };
  }

  /* As it is read: numbers that the caption explains follow the name, others their own measure. */
  function sentence(mark) {
    const { name, numbers } = lines(mark);
    const plain = numbers.filter(([measure]) => measure === "").map(([, number]) => number);
    const others = numbers.filter(([measure]) => measure !== "").map(([measure, number]) => `${measure}: ${number}`);
    const caption = mark.closest("figure")?.querySelector("figcaption")?.textContent.trim() ?? "";
    return [[name, ...plain].join(" "), ...others, caption].filter((line) => line !== "").join("\n");
  }

  function show(mark, x, y) {
    if (pointed !== mark) {
      pointed?.classList.remove("pointed");
      mark.classList.add("pointed");
      pointed = mark;
      tip.textContent = sentence(mark);
    }
    tip.hidden = false;
    const width = document.documentElement.clientWidth;
    const box = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(4, Math.min(x + GAP, width - box.width - 4))}px`;
    tip.style.top = `${y + GAP + box.height > window.innerHeight ? Math.max(4, y - GAP - box.height) : y + GAP}px`;
  }

  function hide() {
    pointed?.classList.remove("pointed");
    pointed = null;
    tip.hidden = true;
  }

  function distance(mark, x, y) {
    const box = mark.getBoundingClientRect();
    return Math.hypot(Math.max(box.left - x, 0, x - box.right), Math.max(box.top - y, 0, y - box.bottom));
  }

  function nearest(marks, event) {
    const hit = event.target.closest("[data-tip]");
    if (hit) return hit;
    let found = null;
    let reach = REACH;
    for (const mark of marks) {
      const far = mark.dataset.wide ? REACH : distance(mark, event.clientX, event.clientY);
      if (far < reach) [found, reach] = [mark, far];
    }
    return found;
  }

  function pointable(holder, marks) {
    const point = (event) => {
      const mark = nearest(marks, event);
      if (mark) show(mark, event.clientX, event.clientY);
      else hide();
    };
    holder.addEventListener("pointermove", point);
    holder.addEventListener("pointerdown", point);
    holder.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse") hide();
    });
  }

  /* One stop of the Tab key per chart; the arrow keys go from value to value. */
  function walkable(holder, marks) {
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    for (const mark of marks) {
      mark.setAttribute("role", "img");
      mark.setAttribute("aria-label", sentence(mark));
      mark.tabIndex = -1;
    }
    marks[0].tabIndex = 0;
    holder.addEventListener("keydown", (event) => {
      const at = marks.indexOf(document.activeElement);
      if (at < 0) return;
      let next = null;
      if (event.key in steps) next = Math.max(0, Math.min(marks.length - 1, at + steps[event.key]));
      if (event.key === "Home") next = 0;
      if (event.key === "End") next = marks.length - 1;
      if (next === null) return;
      event.preventDefault();
      marks[at].tabIndex = -1;
      marks[next].tabIndex = 0;
      marks[next].focus();
    });
    holder.addEventListener("focusin", (event) => {
      if (!event.target.matches("[data-tip]:focus-visible")) return;
      const box = event.target.getBoundingClientRect();
      show(event.target, box.right, box.bottom);
    });
    holder.addEventListener("focusout", hide);
  }

  /* A chart of many customers: what matches stays, the others fade. */
  function searchable(holder, marks) {
    const place = document.createElement("p");
    const label = document.createElement("label");
    const field = document.createElement("input");
    const count = document.createElement("span");
    place.className = "filter find screen";
    field.type = "search";
    field.autocomplete = "off";
    count.setAttribute("role", "status");
    label.append(words.find, " ", field);
    place.append(label, " ", count);
    holder.before(place);
    const read = marks.map((mark) => mark.dataset.tip.normalize("NFKC").toLowerCase());
    field.addEventListener("input", () => {
      const wanted = field.value.normalize("NFKC").toLowerCase().trim();
      let shown = 0;
      marks.forEach((mark, at) => {
        const found = read[at].includes(wanted);
        mark.classList.toggle("faded", !found);
        if (found) shown += 1;
      });
      count.textContent = wanted === "" ? "" : filled(words.found, { shown, all: marks.length });
    });
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      field.value = "";
      field.dispatchEvent(new Event("input"));
    });
  }

  function cell(row, name, text) {
    const made = document.createElement(name);
    made.textContent = text;
    row.append(made);
    return made;
  }

  function tabled(marks, caption) {
    const rows = marks.map(lines);
    const measures = [...new Set(rows.flatMap(({ numbers }) => numbers.map(([measure]) => measure)))];
    const table = document.createElement("table");
    table.createCaption().textContent = caption;
    const head = table.createTHead().insertRow();
    for (const word of [words.item, ...measures.map((measure) => measure || words.value)]) {
      cell(head, "th", word).scope = "col";
    }
    const body = table.createTBody();
    for (const { name, numbers } of rows) {
      const row = body.insertRow();
      cell(row, "th", name).scope = "row";
      for (const measure of measures) {
        const number = numbers.find(([each]) => each === measure)?.[1] ?? "—";
        cell(row, "td", number).className = /\d/.test(number) ? "end" : "";
      }
    }
    return table;
  }

  /* The same numbers as a table, made when it is asked for. */
  function readable(holder, marks) {
    const caption = holder.closest("figure")?.querySelector("figcaption")?.textContent.trim() ?? "";
    const details = document.createElement("details");
    const summary = document.createElement("summary");
    details.className = "numbers screen";
    summary.textContent = words.table;
    details.append(summary);
    holder.after(details);
    details.addEventListener("toggle", () => {
      if (!details.open || details.querySelector("table")) return;
      const place = document.createElement("div");
      const table = tabled(marks, caption);
      place.className = "scroll";
      place.tabIndex = 0;
      place.setAttribute("role", "group");
      place.setAttribute("aria-label", caption);
      place.append(table);
      details.append(place);
      document.dispatchEvent(new CustomEvent("portfolio-table", { detail: table }));
    });
  }

  function enliven(holder) {
    const drawing = holder.querySelector("svg.drawing");
    const marks = [...drawing.querySelectorAll("[data-tip]")];
    // Its words become a label: as a title they would be a second tooltip, the browser's own.
    const title = drawing.querySelector("title");
    const said = title?.textContent ?? "";
    title?.remove();
    drawing.removeAttribute("aria-labelledby");
    drawing.setAttribute("aria-label", marks.length ? `${said} (${words.chart})` : said);
    holder.classList.add("enlivened");
    if (marks.length === 0) {
      holder.tabIndex = 0; // still to be scrolled by keys where it is wider than the window
      return;
    }
    drawing.setAttribute("role", "group");
    for (const mark of marks) if (mark.closest(".mark-area")) mark.dataset.wide = "true";
    walkable(holder, marks);
    pointable(holder, marks);
    if (marks.length >= MANY && drawing.querySelector(".mark-symbol[class*='role-mark'] [data-tip]")) searchable(holder, marks);
    readable(holder, marks);
  }

  document.addEventListener("scroll", hide, { passive: true });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
  document.addEventListener("pointerdown", (event) => {
    if (!event.target.closest("[data-chart]")) hide();
  });
  for (const holder of document.querySelectorAll("[data-chart]")) enliven(holder);
})();
