"use strict";
/* Before and after of a diff, in place: `rackwright view DIR --against OTHER` says what changed from OTHER to DIR. */
RW.changes = function (of) {
  const el = RW.el, w = RW.words, kinds = new Map(), why = new Map(), MOST = 300;

  function start() {
    if (RW.index.kind !== "hall") return;
    const at = new Map(RW.data.racks.name.map((n, i) => [n, i])), touch = (name, kind, text) => {
      const i = at.get(name);
      if (i === undefined) return;
      if (!kinds.has(i)) kinds.set(i, kind);
      why.set(i, (why.get(i) || []).concat(text));
    };
    for (const name of of.racks.new) touch(name, "new", "new rack");
    for (const [name, column, a, b] of of.racks.changed) touch(name, "changed", `${column}: ${a} → ${b}`);
    const designs = new Set(of.designs.changed.filter((c) => c[1] !== "racks").map((c) => c[0])), names = RW.data.designs.design;
    for (let i = 0; i < RW.data.racks.rows; i++) { const d = RW.data.racks.design_id[i]; if (d >= 0 && designs.has(names[d])) touch(RW.data.racks.name[i], "changed", `its design ${names[d]} changed`); }
    const stock = new Map(RW.data.switches.name.map((n, i) => [n, RW.data.racks.name[RW.data.switches.rack_id[i]]]));
    for (const name of of.switches.new) if (stock.has(name)) touch(stock.get(name), "changed", "new switch " + name);
    for (const [name, column, a, b] of of.switches.changed) if (stock.has(name)) touch(stock.get(name), "changed", `${name} ${column}: ${a} → ${b}`);
    for (const [name, n] of of.cabled) touch(name, "moved", w.many(n, "cable end") + " new, gone or changed");
  }

  const rack = (i) => (kinds.get(i) === "new" && RW.state.side === "before" ? "none" : kinds.get(i) || "same");

  const legend = () => [{css: "k-new", text: "new"}, {css: "k-changed", text: "changed"}, {css: "k-moved", text: "its cables alone"}, {css: "k-gone", text: "gone (outlined)", count: of.racks.gone.length},
    {css: "k-none", text: "not yet there"}, {css: "k-same", text: "as before"}];

  const note = () => `From ${of.name} to this package: ${w.many(of.racks.total[0], "rack")} new, ${w.count(of.racks.total[1])} gone, ${w.count(of.racks.total[2])} changed.` + (of.rewiring ? ` Cables: ${of.rewiring}.` : "");

  /* Racks that only the earlier package has, to be drawn in their old place. */
  const gone = (hall) => of.racks.gone.filter((r) => hall < 0 || r.hall_id === hall);

  /* What changed at a rack, as a block of the details. */
  function here(i) {
    const told = why.get(i);
    return told ? RW.panes.block("Changed", el("ul", {}, ...told.slice(0, 40).map((text) => el("li", {text: text})))) : "";
  }

  /* The list on the left: figures, then what came, went and changed. */
  function list() {
    const sides = el("span", {class: "set sides", role: "group", "aria-label": "Side shown"}, ...["before", "after"].map((s) =>
      el("button", {type: "button", "aria-pressed": String(RW.state.side === s), text: s === "before" ? "Before" : "After", on: {click: () => RW.go({side: s, colour: "change"})}})));
    const made = [el("h3", {text: "Changes from " + of.name}), RW.index.kind === "hall" ? sides : ""];
    if (!of.counts.length) made.push(el("p", {class: "soft", text: "None: the two packages say the same."}));
    if (of.figures.length) made.push(el("details", {open: true}, el("summary", {text: w.many(of.figures.length, "figure")}), el("ul", {class: "figures"},
      ...of.figures.map((f) => el("li", {}, el("span", {class: "soft", text: f[1]}), el("span", {text: `${f[2] || "–"} → ${f[3] || "–"}`}), el("b", {text: f[4]}))))));
    made.push(names("Racks", of.racks.new, of.racks.gone.map((r) => r.name), of.racks.changed, of.racks.total, (name) => RW.index.kind === "hall" && RW.names.rack(name) !== undefined && (() => RW.select.rack(RW.names.rack(name), true))));
    made.push(names("Switches", of.switches.new, of.switches.gone, of.switches.changed, of.switches.total, (name) => {
      const i = RW.data.switches ? RW.data.switches.name.indexOf(name) : -1;
      return i >= 0 && (() => RW.select.device(RW.index.switch_first + i, true));
    }));
    made.push(names("Devices", of.devices.new, of.devices.gone, of.devices.changed, of.devices.total, (name) => RW.inside.byName(name)));
    made.push(names("Cables", of.cables.new, of.cables.gone, of.cables.changed, of.cables.total, (name) => () => RW.select.cable(name)));
    for (const [title, rows] of [["Findings new", of.findings.new], ["Findings gone", of.findings.gone]]) {
      if (rows.length) made.push(el("details", {}, el("summary", {text: `${title} ${rows.length}`}), el("ul", {}, ...rows.map((r) => el("li", {}, el("span", {class: "sev " + r[0], text: r[0] + " "}), r[1] + " ", ...RW.prose(r[3]))))));
    }
    return made;
  }

  function names(title, fresh, lost, changed, total, go) {
    if (!total.some(Boolean)) return "";
    const line = (mark, name, more) => { const jump = mark !== "−" && go(name); return el("li", {class: "change"}, el("b", {class: "mark-" + {"+": "new", "−": "gone", "~": "changed"}[mark], text: mark}), jump ? RW.panes.link(name, jump) : el("span", {text: name}), more ? el("span", {class: "soft", text: more}) : ""); };
    const rows = fresh.map((n) => line("+", n)).concat(lost.map((n) => line("−", n)), changed.map((c) => line("~", c[0], `${c[1]}: ${c[2]} → ${c[3]}`)));
    return el("details", {open: title === "Racks"}, el("summary", {text: `${title}: ${w.count(total[0])} new, ${w.count(total[1])} gone, ${w.count(total[2])} changed`}), el("ul", {}, ...rows.slice(0, MOST)),
      rows.length > MOST ? el("p", {class: "soft", text: "and more: rackwright diff lists all"}) : "");
  }

  return {start: start, rack: rack, legend: legend, note: note, gone: gone, here: here, list: list};
};
