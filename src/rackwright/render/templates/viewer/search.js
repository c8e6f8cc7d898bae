"use strict";
/* Search by any name: halls, racks, devices, ports, cables, parts, fabrics, trays, codes of findings. */
RW.search = (function () {
  const el = RW.el, MOST = 12;
  let input, list, found = [], at = -1, turn = 0;

  function start() {
    input = document.getElementById("search");
    list = document.getElementById("results");
    input.addEventListener("input", () => look(input.value.trim()));
    input.addEventListener("keydown", keys);
    input.addEventListener("focus", () => { if (input.value.trim()) look(input.value.trim()); });
    document.addEventListener("pointerdown", (event) => { if (!event.target.closest(".search")) close(); });
  }

  function keys(event) {
    if (event.key === "Escape") { close(); input.blur(); return; }
    if (event.key === "Enter") { event.preventDefault(); enter(); return; }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    if (!found.length) return;
    at = (at + (event.key === "ArrowDown" ? 1 : found.length - 1) + (at < 0 && event.key === "ArrowUp" ? 1 : 0)) % found.length;
    mark();
  }

  async function enter() {
    const text = input.value.trim();
    if (at < 0 && found.length) at = 0;
    if (found[at]) { take(found[at]); return; }
    if (text) await look(text);
    if (found.length) take(found[0]);
  }

  function take(hit) {
    close();
    hit.go();
  }

  function close() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    at = -1;
  }

  async function look(text) {
    const mine = ++turn;
    if (!text) { found = []; close(); return; }
    found = RW.index.kind === "rack" ? RW.inside.search(text, MOST) : near(text);
    at = -1;
    show(text);
    if (RW.index.kind === "rack" || !(text.includes("--") || text.includes(":"))) return;
    try {
      const cable = await RW.links.named(text);
      if (mine !== turn || !cable) return;
      found = [{kind: "cable", text: cable.label, go: () => RW.select.cable(cable.label)}].concat(found).slice(0, MOST);
      show(text);
    } catch (fault) { if (mine === turn) list.replaceChildren(el("li", {class: "soft", role: "option", "aria-disabled": "true", text: fault.message})); }
  }

  /* Names that hold the text, those that begin with it first. */
  function near(text) {
    const wanted = text.toLowerCase(), d = RW.data, hits = [];
    const take_all = (names, kind, make) => {
      let more = 0;
      for (let i = 0; i < names.length && more < 40; i++) {
        const place = names[i].toLowerCase().indexOf(wanted);
        if (place >= 0) { hits.push(Object.assign({kind: kind, text: names[i], rank: (place === 0 ? 0 : 1) + (names[i].length === text.length && place === 0 ? -1 : 0)}, make(i))); more++; }
      }
    };
    take_all(d.halls.name, "hall", (i) => ({go: () => RW.go({view: "hall", hall: i, rack: -1, device: -1, cable: "", tray: -1})}));
    take_all(d.racks.name, "rack", (i) => ({go: () => RW.select.rack(i, true)}));
    take_all(d.switches.name, "switch", (i) => ({more: d.racks.name[d.switches.rack_id[i]], go: () => RW.select.device(RW.index.switch_first + i, true)}));
    take_all(d.fabrics.fabric, "fabric", (i) => ({go: () => RW.go({part: d.fabrics.fabric[i], rack: -1, device: -1, cable: "", tray: -1})}));
    take_all(RW.parts.names(), "part", (i) => ({go: () => RW.go({part: RW.parts.names()[i], rack: -1, device: -1, cable: "", tray: -1})}));
    take_all(d.findings.code, "finding", (i) => ({more: d.findings.subject[i], go: () => RW.go({finding: i})}));
    for (const x of RW.names.devicesNamed(text)) hits.push({kind: x.isSwitch ? "switch" : "device", text: x.end, more: x.name, rank: 0, go: () => RW.select.device(x.id, true)});
    if (RW.names.rack(text.replace(/-[^-]*$/, "")) !== undefined && text.includes("-")) {
      const rack = RW.names.rack(text.replace(/-[^-]*$/, ""));
      for (const id of RW.names.devicesOf(rack)) {
        const x = RW.names.device(id);
        if (x.end.startsWith(text) && x.end !== text) hits.push({kind: "device", text: x.end, more: x.name, rank: 1, go: () => RW.select.device(id, true)});
      }
    }
    const tray = /^tray (\d+)$/i.exec(text);
    if (tray && Number(tray[1]) < d.trays.rows) hits.push({kind: "tray", text: "tray " + tray[1], rank: -1, go: () => { RW.select.tray(Number(tray[1])); RW.emit("look"); }});
    return hits.sort((a, b) => a.rank - b.rank || a.text.length - b.text.length).slice(0, MOST);
  }

  function show(text) {
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    if (!found.length) {
      list.replaceChildren(el("li", {class: "soft", role: "option", "aria-disabled": "true", text: `Nothing is called “${text.slice(0, 60)}”.`}));
      return;
    }
    list.replaceChildren(...found.map((hit, i) => el("li", {id: "hit-" + i, role: "option", "aria-selected": "false", on: {pointerdown: (event) => { event.preventDefault(); take(hit); }}},
      el("span", {class: "kind", text: hit.kind}), el("span", {class: "hit", text: hit.text}), hit.more ? el("span", {class: "soft", text: hit.more}) : "")));
  }

  function mark() {
    for (const [i, e] of Array.from(list.children).entries()) e.setAttribute("aria-selected", String(i === at));
    input.setAttribute("aria-activedescendant", "hit-" + at);
  }

  return {start: start};
})();

/* Parts and fabrics by name, and the racks that hold them. */
RW.parts = (function () {
  let all = null;

  /* Racks by what is in them; a Map of name to {racks, devices, cables}. */
  function known() {
    if (all) return all;
    const d = RW.data, made = new Map(), at = (name) => made.get(name) || made.set(name, {racks: new Set(), devices: 0, media: []}).get(name);
    const inside = new Map();
    for (let i = 0; i < d.design_devices.rows; i++) {
      const part = d.design_devices.part[i], own = inside.get(d.design_devices.design_id[i]) || new Map();
      inside.set(d.design_devices.design_id[i], own.set(part, (own.get(part) || 0) + 1));
    }
    for (let i = 0; i < d.racks.rows; i++) for (const [part, n] of inside.get(d.racks.design_id[i]) || []) { at(part).racks.add(i); at(part).devices += n; }
    for (let i = 0; i < d.switches.rows; i++) for (const name of [d.switches.part[i], d.fabrics.fabric[d.switches.fabric_id[i]]]) { at(name).racks.add(d.switches.rack_id[i]); at(name).devices += 1; }
    for (let i = 0; i < d.skus.rows; i++) for (const part of new Set([d.skus.part[i], d.skus.a_module[i], d.skus.b_module[i]])) if (part) at(part).media.push(i);
    all = made;
    return made;
  }

  function pane(name) {
    const found = known().get(name), el = RW.el, r = RW.data.racks;
    if (!found) return [el("p", {class: "fault", role: "alert", text: "There is no such part in this package."})];
    const fabric = RW.data.fabrics.fabric.indexOf(name), racks = Array.from(found.racks), f = RW.data.fabrics, made = [RW.panes.head(fabric >= 0 ? "fabric" : "part", name)];
    if (fabric >= 0) {
      made.push(RW.panes.facts([["Topology", f.topology[fabric]], ["Endpoints", RW.words.count(f.endpoints[fabric])], ["Leaves", f.leaves[fabric]], ["Spines", f.spines[fabric]], ["Cores", f.cores[fabric]],
        ["Cables", RW.words.count(f.cables[fabric])], ["Longest", RW.words.metres(f.length_longest_mm[fabric])]]));
    }
    const media = Array.from(new Set(found.media.map((i) => f.fabric[RW.data.skus.fabric_id[i]])));
    if (media.length) made.push(el("p", {text: "Used for cables of " + media.join(", ") + "."}));
    if (found.devices) made.push(el("p", {text: `${RW.words.many(found.devices, "device")} in ${RW.words.many(racks.length, "rack")}, ringed on the plan.`}));
    made.push(el("ul", {class: "names wrap"}, ...racks.slice(0, 300).map((i) => el("li", {}, RW.panes.link(r.name[i], () => RW.select.rack(i))))));
    return made;
  }

  let listed = null;
  const names = () => listed || (listed = Array.from(known().keys()).filter((n) => !RW.data.fabrics.fabric.includes(n)).sort());
  return {names: names, pane: pane, racks: (name) => (known().get(name) || {racks: new Set()}).racks};
})();
