/* Charts answer the pointer and the arrow keys. Each is drawn from the specification that its still picture was drawn
   from; the picture stays for paper, and wherever drawing fails. Expressions are interpreted, never evaluated as code. */
(() => {
  "use strict";
  const words = JSON.parse(document.getElementById("screen-words").textContent);
  const tip = document.createElement("div");
  const GAP = 10;
  tip.className = "tip screen";
  tip.hidden = true;
  document.body.append(tip);

  function show(text, x, y) {
    tip.textContent = text;
    tip.hidden = false;
    const width = document.documentElement.clientWidth;
    const box = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(4, Math.min(x + GAP, width - box.width - 4))}px`;
    tip.style.top = `${y + GAP + box.height > window.innerHeight ? Math.max(4, y - GAP - box.height) : y + GAP}px`;
  }

  function hide() {
    tip.hidden = true;
  }

  function told(_handler, event, _item, value) {
    if (value === null || value === undefined || value === "") hide();
    else show(String(value), event.clientX, event.clientY);
  }

  /* One stop of the Tab key per chart; the arrow keys go from value to value. */
  function walkable(live) {
    const marks = [...live.querySelectorAll("svg path, svg rect")].filter((mark) => {
      const item = Array.isArray(mark.__data__) ? mark.__data__[0] : mark.__data__;
      if (!item || typeof item.tooltip !== "string") return false;
      mark.setAttribute("role", "img");
      mark.setAttribute("aria-label", item.tooltip);
      mark.tabIndex = -1;
      return true;
    });
    if (marks.length === 0) return false;
    marks[0].tabIndex = 0;
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    live.addEventListener("keydown", (event) => {
      const at = marks.indexOf(document.activeElement);
      if (event.key === "Escape") hide();
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
    live.addEventListener("focusin", (event) => {
      const box = event.target.getBoundingClientRect();
      if (event.target.matches(":focus-visible")) show(event.target.getAttribute("aria-label"), box.right, box.bottom);
    });
    live.addEventListener("focusout", hide);
    return true;
  }

  async function enliven(holder) {
    const still = holder.querySelector(".drawing");
    const live = document.createElement("div");
    live.className = "live screen";
    live.setAttribute("role", "group");
    live.setAttribute("aria-label", `${still.querySelector("title").textContent} (${words.chart})`);
    holder.append(live);
    try {
      await window.portfolioEmbed(live, JSON.parse(holder.querySelector("script").textContent), {
        mode: "vega-lite", renderer: "svg", ast: true, actions: false, defaultStyle: false, tooltip: told,
      });
    } catch (error) {
      live.remove();
      console.error(error);
      return;
    }
    // Vega names its drawing and the groups in it as graphics without words; here each value has some.
    for (const part of live.querySelectorAll("[role^='graphics']")) {
      for (const name of ["role", "aria-roledescription", "aria-label"]) part.removeAttribute(name);
    }
    for (const drawn of live.querySelectorAll("svg")) drawn.setAttribute("role", "presentation");
    // A chart without values to walk through still has to be scrolled by keys where it is wider than the window.
    if (!walkable(live)) live.tabIndex = 0;
    holder.classList.add("enlivened");
  }

  document.addEventListener("scroll", hide, { passive: true });
  const watch = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      watch.unobserve(target);
      enliven(target);
    }
  }, { rootMargin: "400px 0px" });
  for (const holder of document.querySelectorAll("[data-chart]")) watch.observe(holder);
})();
