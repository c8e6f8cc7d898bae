"use strict";
/* A package of one rack: its devices, its cables and their far ends. */
RW.inside = (function () {
  const el = RW.el, w = RW.words;
  let t = null;

  async function load() {
    if (t) return t;
    const names = ["design-0", "design-0-ports", "design-0-cables"].filter((n) => RW.index.chunks.includes(n)), got = await RW.loadAll(names);
    t = {devices: got[names[0]], ports: got[names[1]], cables: got[names[2]]};
    t.ends = new Map();
    for (let i = 0; i < t.cables.rows; i++) for (const side of ["a", "b"]) {
      const port = t.cables[side + "_port_id"][i], d = port >= 0 ? t.ports.device_id[port] : t.devices.name.indexOf(t.cables[side + "_end"][i]);
      if (d >= 0) t.ends.set(d, (t.ends.get(d) || []).concat({cable: i, side: side}));
    }
    return t;
  }

  const far = (e) => t.cables[(e.side === "a" ? "b" : "a") + "_end"][e.cable];
  const near = (e) => t.cables[e.side + "_end"][e.cable];

  async function device(i) {
    await load();
    const d = t.devices, p = RW.panes;
    if (i >= d.rows) return [el("p", {class: "fault", role: "alert", text: "There is no such device in this package."})];
    const ends = t.ends.get(i) || [], shown = ends.slice(0, 400);
    return [p.head(d.role[i], d.name[i]), p.facts([["Part", d.part[i]], ["Unit", d.position_u[i] > 0 ? d.position_u[i] : "takes none"], ["Feed", d.feed[i]], ["Power", w.watt(d.power_max_w[i])],
      ["Heat into liquid", w.watt(d.heat_liquid_w[i])], ["Heat into air", w.watt(d.heat_air_w[i])], ["Mass", w.figures(d.mass_kg[i], 1) + " kg"]]), RW.side.here((f) => f.kind === "device" && f.at === i, "Findings here"),
    p.block(w.many(ends.length, "cable"), el("ul", {class: "ports"}, ...shown.map((e) => el("li", {}, p.link(short(near(e), d.name[i]), () => RW.select.cable(t.cables.label[e.cable])), el("span", {text: far(e)})))),
      ends.length > shown.length ? el("p", {class: "soft", text: `and ${w.count(ends.length - shown.length)} more`}) : "")];
  }

  const short = (name, device) => (name.startsWith(device + "/") ? name.slice(device.length + 1) : name);

  async function cable(label) {
    await load();
    const i = t.cables.label.indexOf(label), c = t.cables, p = RW.panes;
    if (i < 0) return [p.head("cable", label), el("p", {class: "fault", role: "alert", text: "There is no cable of that name in this package."})];
    return [p.head("cable", label), p.facts([["Kind", c.kind[i]], ["Part", c.part[i]], ["Medium", c.medium[i]], ["Assembly", c.assembly[i]], ["Pairs", c.pairs[i] > 0 ? c.pairs[i] : ""], ["Way", c.segment[i]],
      ["Route", w.mm(c.length_route_mm[i])], ["Cut", w.mm(c.length_cut_mm[i])], ["Ordered", c.length_stock_mm[i] >= 0 ? w.mm(c.length_stock_mm[i]) : "no stock length reaches"]]),
    p.block("Ends", el("ol", {class: "trace"}, ...["a", "b"].map((s) => end(i, s))))];
  }

  function end(i, side) {
    const port = t.cables[side + "_port_id"][i], d = port >= 0 ? t.ports.device_id[port] : t.devices.name.indexOf(t.cables[side + "_end"][i]);
    return el("li", {"data-side": side}, d >= 0 ? RW.panes.link(t.cables[side + "_end"][i], () => RW.select.device(d)) : el("b", {text: t.cables[side + "_end"][i]}));
  }

  /* Both ends of a cable: devices by id. */
  function endsOf(label) {
    const i = t ? t.cables.label.indexOf(label) : -1;
    if (i < 0) return [];
    return ["a", "b"].map((s) => t.cables[s + "_port_id"][i]).filter((p) => p >= 0).map((p) => t.ports.device_id[p]);
  }

  /* The cable in a port; empty where there is none. */
  function cableAt(port) {
    const id = t.ports.name.indexOf(port);
    for (const side of ["a", "b"]) { const i = t.cables[side + "_port_id"].indexOf(id); if (id >= 0 && i >= 0) return t.cables.label[i]; }
    return "";
  }

  /* A function that shows a device; false where there is none of that name. */
  function byName(name) {
    const i = t ? t.devices.name.indexOf(name) : -1;
    return i >= 0 && (() => RW.select.device(i));
  }

  function search(text, most) {
    if (!t) return [];
    const wanted = text.toLowerCase(), hits = [];
    const take = (names, kind, go) => { for (let i = 0; i < names.length && hits.length < most * 3; i++) if (names[i].toLowerCase().includes(wanted)) hits.push({kind: kind, text: names[i], rank: names[i].toLowerCase().indexOf(wanted), go: () => go(i)}); };
    take(t.devices.name, "device", (i) => RW.select.device(i));
    take(t.cables.label, "cable", (i) => RW.select.cable(t.cables.label[i]));
    take(t.ports.name, "port", (i) => RW.select.device(t.ports.device_id[i]));
    take(Array.from(new Set(t.devices.part)), "part", (i) => RW.select.device(t.devices.part.indexOf(Array.from(new Set(t.devices.part))[i])));
    return hits.sort((a, b) => a.rank - b.rank || a.text.length - b.text.length).slice(0, most);
  }

  const name = (i) => (t && t.devices.name[i]) || "";

  return {load: load, name: name, device: device, cable: cable, search: search, endsOf: endsOf, cableAt: cableAt, byName: byName};
})();
