"use strict";
for (const box of document.querySelectorAll("[data-filter]")) {
  const rows = [...document.getElementById(box.dataset.filter).tBodies[0].rows];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const out = box.closest("p").querySelector("output");
  box.addEventListener("input", () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, i) => { row.hidden = !words.every((word) => texts[i].includes(word)); if (!row.hidden) shown += 1; });
    out.textContent = words.length ? `${shown} of ${rows.length}` : "";
  });
}
const links = new Map([...document.querySelectorAll("nav a")].map((a) => [a.hash.slice(1), a]));
const seen = new Set();
const spy = new IntersectionObserver((entries) => {
  for (const e of entries) { if (e.isIntersecting) seen.add(e.target.id); else seen.delete(e.target.id); }
  const first = [...links.keys()].find((id) => seen.has(id));
  for (const [id, a] of links) { if (id === first) a.setAttribute("aria-current", "true"); else a.removeAttribute("aria-current"); }
}, { rootMargin: "-10% 0px -70% 0px" });
for (const id of links.keys()) spy.observe(document.getElementById(id));
let folded = [];
addEventListener("beforeprint", () => { folded = [...document.querySelectorAll("details:not([open])")].filter((d) => d.querySelectorAll("tr,li").length < 250); for (const d of folded) d.open = true; });
addEventListener("afterprint", () => { for (const d of folded) d.open = false; });
