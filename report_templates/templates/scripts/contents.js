/* Links to pages move the focus, not only the page; in the table of contents the part in view is marked. */
(() => {
  "use strict";
  const links = new Map();
  for (const link of document.querySelectorAll(".contents a")) links.set(link.hash.slice(1), link);

  for (const link of document.querySelectorAll('a[href^="#page-"]')) {
    const name = link.hash.slice(1);
    link.addEventListener("click", (event) => {
      const section = document.getElementById(name);
      const heading = section?.querySelector("h1, h2");
      if (!heading) return;
      event.preventDefault(); // the browser's own jump would take the focus away again
      history.pushState(null, "", link.hash);
      section.scrollIntoView();
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
    });
  }

  const seen = new Set();
  const watch = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) seen[isIntersecting ? "add" : "delete"](target.id);
    const current = [...links.keys()].find((name) => seen.has(name));
    for (const [name, link] of links) {
      if (name === current) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }, { rootMargin: "-10% 0px -60% 0px" });
  for (const name of links.keys()) {
    const section = document.getElementById(name);
    if (section) watch.observe(section);
  }
})();
